//! The command line.

use std::ffi::OsString;

/// Printed for `--help`, and below the complaint about a bad argument.
pub(crate) const USAGE: &str = "\
usage: cad                                          run the server
       cad catalogue [--format markdown|json]       print which tier each endpoint needs
       cad --help                                   print this text

environment:
  CAD_ADDR         where to listen, 127.0.0.1:8080 if not set
  CAD_DATABASE     sqlite:FILE, made when it is missing, or postgres://USER:PASSWORD@HOST/NAME;
                   sqlite:cad.sqlite3 if not set. Several servers may share one
  CAD_REDIS        redis://HOST, by which several servers tell each other of changed plans;
                   with PostgreSQL they do without
  CAD_SECRET       what API keys are hashed with: the same for all servers, and kept secret
  CAD_LOG          what is logged: error, warn or info, where info has each refusal; warn if not set
  CAD_BILLING_KEY  the bearer token of POST /billing/subscription, closed if not set
";

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Serve,
    Catalogue(Format),
    Help,
}

/// How the catalogue is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Markdown,
    Json,
}

/// Reads the arguments, the program's name left out.
///
/// # Errors
/// What is wrong with them, in one line.
pub(crate) fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Command, String> {
    let arguments: Vec<String> = arguments
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        [] => Ok(Command::Serve),
        [only] if is_help(only) => Ok(Command::Help),
        ["catalogue", options @ ..] => catalogue(options),
        [first, ..] => Err(format!("unexpected argument {first:?}")),
    }
}

fn catalogue(options: &[&str]) -> Result<Command, String> {
    match options {
        [] => Ok(Command::Catalogue(Format::Markdown)),
        [only] if is_help(only) => Ok(Command::Help),
        ["--format"] => Err("--format needs a value".to_owned()),
        ["--format", value] => format(value),
        [only] => match only.strip_prefix("--format=") {
            Some(value) => format(value),
            None => Err(format!("unexpected argument {only:?}")),
        },
        [.., last] => Err(format!("unexpected argument {last:?}")),
    }
}

fn format(value: &str) -> Result<Command, String> {
    match value {
        "markdown" => Ok(Command::Catalogue(Format::Markdown)),
        "json" => Ok(Command::Catalogue(Format::Json)),
        other => Err(format!(
            "unknown format {other:?}; expected markdown or json"
        )),
    }
}

fn is_help(argument: &str) -> bool {
    matches!(argument, "--help" | "-h")
}
