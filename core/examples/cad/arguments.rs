//! The server's own command line. The library parses its commands.

use std::ffi::OsString;

/// The first part of the help text, printed for `--help` and after an error. The usage of the library's
/// commands follows it.
pub(crate) const USAGE: &str = "\
usage: cad            run the server
       cad --help     print this text
       cad COMMAND    tell about the API instead, where COMMAND is one of those below

environment:
  CAD_ADDR         where to listen, 127.0.0.1:8080 if not set
  CAD_DATABASE     sqlite:FILE, made when it is missing, or postgres://USER:PASSWORD@HOST/NAME;
                   sqlite:cad.sqlite3 if not set. Several servers may share one
  CAD_REDIS        redis://HOST, by which several servers tell each other of changed plans;
                   with PostgreSQL they do without
  CAD_SECRET       what API keys are hashed with: the same for all servers, and kept secret
  CAD_LOG          what is logged: error, warn or info, where info has each refusal; warn if not set
  CAD_METRICS      where the operator reads who was refused what, 127.0.0.1:9000 say, for Prometheus;
                   not for customers, and closed if not set
  CAD_BILLING_KEY  the bearer token of POST /billing/subscription, closed if not set

commands:
";

/// What to run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Serve,
    Help,
}

/// Parses the arguments without the program's name.
///
/// # Errors
/// Returns a one-line message about an unexpected argument.
pub(crate) fn parse(arguments: &[OsString]) -> Result<Command, String> {
    match arguments {
        [] => Ok(Command::Serve),
        [only] if only == "--help" || only == "-h" => Ok(Command::Help),
        [first, ..] => Err(format!("unexpected argument {:?}", first.display())),
    }
}
