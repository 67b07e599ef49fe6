//! Custom responses to refusals, for one router or for the whole program.

use std::error::Error;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// A layer that responds to refusals with your own status, headers and body. Each framework's
/// `on_refusal` function creates this layer.
///
/// `F` is the type of your function, which differs between frameworks.
#[cfg(any(
    feature = "axum",
    feature = "actix-web",
    feature = "poem",
    feature = "salvo"
))]
pub struct OnRefusal<F: ?Sized> {
    pub(crate) respond: Arc<F>,
    /// Whether the function was set for the whole program.
    #[cfg_attr(not(any(feature = "axum", feature = "actix-web")), allow(dead_code))]
    pub(crate) is_of_program: bool,
}

#[cfg(any(
    feature = "axum",
    feature = "actix-web",
    feature = "poem",
    feature = "salvo"
))]
impl<F: ?Sized> OnRefusal<F> {
    /// Creates a layer for one router.
    pub(crate) fn of_router(respond: Arc<F>) -> Self {
        Self {
            respond,
            is_of_program: false,
        }
    }
}

#[cfg(any(
    feature = "axum",
    feature = "actix-web",
    feature = "poem",
    feature = "salvo"
))]
impl<F: ?Sized> Clone for OnRefusal<F> {
    fn clone(&self) -> Self {
        Self {
            respond: self.respond.clone(),
            is_of_program: self.is_of_program,
        }
    }
}

#[cfg(any(
    feature = "axum",
    feature = "actix-web",
    feature = "poem",
    feature = "salvo"
))]
impl<F: ?Sized> fmt::Debug for OnRefusal<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnRefusal").finish_non_exhaustive()
    }
}

/// The program-wide function that responds to refusals, if one is set. Its response replaces the
/// problem document.
pub(crate) struct ProgramOnRefusal<F: ?Sized>(OnceLock<Arc<F>>);

impl<F: ?Sized> ProgramOnRefusal<F> {
    pub(crate) const fn new() -> Self {
        Self(OnceLock::new())
    }

    pub(crate) fn set(&self, respond: Arc<F>) -> Result<(), AlreadySet> {
        self.0.set(respond).map_err(|_| AlreadySet)
    }

    /// Returns the function that responds to a refusal, if one is set. A router's function takes
    /// precedence over the program-wide function.
    pub(crate) fn effective_respond<'a>(
        &'a self,
        router_respond: Option<&'a Arc<F>>,
    ) -> Option<&'a F> {
        router_respond.or(self.0.get()).map(|respond| &**respond)
    }

    /// Returns a layer that responds with the program-wide function. A catalogue adds this layer to the
    /// handlers that it mounts. Returns `None` if no program-wide function is set.
    #[cfg(any(feature = "axum", feature = "actix-web"))]
    pub(crate) fn layer(&self) -> Option<OnRefusal<F>> {
        self.0.get().map(|respond| OnRefusal {
            respond: respond.clone(),
            is_of_program: true,
        })
    }
}

/// The error that a second call to `set_on_refusal` returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AlreadySet;

impl fmt::Display for AlreadySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the response to refusals is already set; call `set_on_refusal` only once")
    }
}

impl Error for AlreadySet {}
