//! What is shared by the frameworks for which a guard is an extractor.

use std::error::Error;
use std::fmt;

/// The error of a second call of `set_on_refusal`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AlreadySet;

impl fmt::Display for AlreadySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("how the program answers refusals was set before, and can be set once")
    }
}

impl Error for AlreadySet {}
