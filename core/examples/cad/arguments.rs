//! The server's own command line. The library parses its commands.

use std::ffi::OsString;

/// The first part of the help text, printed for `--help` and after an error. The usage of the library's
/// commands follows it.
pub(crate) const USAGE: &str = "\
usage: cad            run the server
       cad --help     print this help
       cad COMMAND    run one of the commands below instead of the server

environment:
  CAD_ADDR         the address to listen on (default: 127.0.0.1:8080)
  CAD_DATABASE     sqlite:FILE or postgres://USER:PASSWORD@HOST/NAME (default: sqlite:cad.sqlite3);
                   a missing SQLite file is created; several servers can share one database
  CAD_REDIS        redis://HOST; servers that share a database use Redis to share the counters of limits,
                   and to announce changed plans, which PostgreSQL can also do (default: each server
                   counts in memory)
  CAD_SERVERS      the number of servers that share counters through Redis; while Redis is down, each
                   server allows its share of every limit (default: 1)
  CAD_SECRET       the secret for hashing API keys; it must be the same on all servers
  CAD_LOG          the log level: error, warn or info, which includes every refusal and every
                   changed override (default: warn)
  CAD_METRICS      the address for Prometheus metrics, for example 127.0.0.1:9000; customers must
                   not be able to reach it (default: no metrics)
  CAD_BILLING_KEY  the bearer token for POST /billing/subscription (default: every call is refused)
  CAD_OVERRIDES    a TOML file that closes endpoints, changes their tiers for a time and gives
                   communities access; changes apply within a second; the server doesn't start with
                   an invalid file, and ignores invalid changes while it runs; the commands explain
                   and overrides list also read the file (default: none)
  CAD_ALLOW_PRIVATE  1 to send events to game servers with private addresses too, such as 127.0.0.1;
                   without it, no community can make the server send requests into your network
                   (default: only public addresses)

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

/// Whether these are the arguments of a command that reads the overrides. The other commands also work
/// while the file of overrides is invalid.
pub(crate) fn reads_overrides(arguments: &[OsString]) -> bool {
    match arguments {
        [first, ..] if first == "explain" => true,
        [first, second, ..] => first == "overrides" && second == "list",
        _ => false,
    }
}
