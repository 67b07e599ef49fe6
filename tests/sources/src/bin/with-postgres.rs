//! Starts a PostgreSQL server, and runs a command with the server's URL in `CAD_TEST_POSTGRES`.
//!
//! ```text
//! cargo run -p tiergate-tests-sources --bin with-postgres -- cargo test -p tiergate-tests --test cad
//! ```

use std::process::{Command, ExitCode};
use tiergate_tests_sources::servers::Postgres;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(program), Some(server)) = (arguments.next(), Postgres::start()) else {
        eprintln!("usage: with-postgres COMMAND [ARGUMENT …], where PostgreSQL is installed");
        return ExitCode::from(2);
    };
    let url = format!("postgres://postgres@127.0.0.1:{}", server.port);
    let status = Command::new(program)
        .args(arguments)
        .env("CAD_TEST_POSTGRES", url)
        .status();
    match status {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("with-postgres: the command does not run: {error}");
            ExitCode::FAILURE
        }
    }
}
