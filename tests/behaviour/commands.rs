//! The subcommands of a server's command line.

mod cli;
mod explain;
mod explain_limits;
mod overrides_command;
