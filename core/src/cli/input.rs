//! Reads the files that commands take.

use std::ffi::OsStr;
use std::{fs, io};

/// Reads a file, or standard input if the path is `-`.
///
/// # Errors
/// Returns a message that contains the path.
pub(super) fn read_file(path: &OsStr) -> Result<String, String> {
    let text = match path.to_str() {
        Some("-") => io::read_to_string(io::stdin()),
        _ => fs::read_to_string(path),
    };
    text.map_err(|error| format!("{}: {error}", path.display()))
}
