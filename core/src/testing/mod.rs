//! Helpers for the tests of a program that uses tiergate.

#[cfg(feature = "coverage")]
#[cfg_attr(docsrs, doc(cfg(feature = "coverage")))]
pub mod coverage;
