//! Shared code for frameworks in which a guard is an extractor.

use std::error::Error;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// The function `F` that responds to refusals in the whole program, if one is set. It replaces the
/// problem document.
pub(crate) struct Program<F: ?Sized>(OnceLock<Arc<F>>);

impl<F: ?Sized> Program<F> {
    pub(crate) const fn new() -> Self {
        Self(OnceLock::new())
    }

    pub(crate) fn set(&self, respond: Arc<F>) -> Result<(), AlreadySet> {
        self.0.set(respond).map_err(|_| AlreadySet)
    }

    pub(crate) fn get(&self) -> Option<&Arc<F>> {
        self.0.get()
    }

    /// Returns the function that responds to a refusal, if any is set. `nearer`, which is set closer to
    /// the handler, takes precedence over the program's function.
    pub(crate) fn behind<'a>(&'a self, nearer: Option<&'a Arc<F>>) -> Option<&'a F> {
        nearer.or(self.get()).map(|respond| &**respond)
    }
}

/// The error returned by a second call to `set_on_refusal`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AlreadySet;

impl fmt::Display for AlreadySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("how the program answers refusals was set before, and can be set once")
    }
}

impl Error for AlreadySet {}
