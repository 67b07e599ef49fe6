//! The commands of a program's command line.

mod cli;
mod explain;
mod explain_limits;
mod overrides_command;
