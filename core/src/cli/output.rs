//! Writes the output of a command.

use std::io::{self, Write};

/// Writes a text and a final newline. Unlike `print!`, returns an error if the reader closed the pipe.
pub(super) fn write(output: &mut dyn Write, text: &str) -> io::Result<()> {
    output.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        output.write_all(b"\n")?;
    }
    output.flush()
}
