//! A computer-aided-dispatch server for role-play communities. It has two versions of an API, with 48
//! and 54 endpoints in six subscription tiers, and speaks the wire protocols of existing game servers.
//!
//! ```text
//! cargo run --example cad                                   # the server
//! cargo run --example cad -- catalogue --format markdown    # the tier of each endpoint
//! cargo run --example cad -- diff OLD.json                  # what changed since an earlier release
//! cargo run --example cad -- explain "POST /emergency/close_call" --tier Standard    # why a call fails
//! curl localhost:8080/general/get_version \
//!     -d '{"id": "demo-plus", "key": "demo-plus-key", "type": "GET_VERSION", "data": []}'
//! curl -i localhost:8080/v2/general/version -H 'authorization: Bearer demo-plus-key'
//! ```
//!
//! The tier and the limits of an endpoint are written once, in the attribute on its handler. The check, the
//! router, the printed catalogue and the page at `/` all use them.
//!
//! **Limits.** The endpoints of version 2 have separate limits, such as three calls per minute. For version
//! 1, the vendor documents one call per second on average, for all endpoints together, so the catalogue has
//! a quota of 60 calls per minute. Limits apply to a community. Set `CAD_REDIS` and `CAD_SERVERS` if
//! several servers share them.
//!
//! **Events.** The catalogue has 24 events for game servers, such as `EVENT_UNIT_STATUS`. The server sends those
//! that an endpoint can trigger, if the community's tier includes them. They go to the first server of `set_servers` that has `mapIp` and `listenerPort`, as
//! `POST http://HOST:PORT/sonorancad/event`. While a community is connected to the `WebSocket` at `/events`, they
//! go there instead. Requests are signed in the scheme of Standard Webhooks; the secret is at
//! `/events/secret`. Set `CAD_ALLOW_PRIVATE=1` to send events to an address in your own network.
//!
//! The vendor changes some things without a new release:
//!
//! - **Trials.** `POST /billing/subscription` accepts the end of a plan and the tier after it. The community
//!   `demo-trial` has Plus for two weeks, and then Free.
//! - **Add-ons.** `Cross-server dispatch` lets `get_active_units` list the units of all servers.
//! - **Overrides.** The server watches the file in `CAD_OVERRIDES`. It can close an endpoint, change the tier
//!   of an endpoint for a time, and give one community access or higher limits:
//!
//! ```toml
//! version = 1     # raise it with every change
//!
//! [[override]]
//! kind = "close"
//! endpoint = "POST /emergency/close_call"
//! by = "ops"
//!
//! [[override]]
//! kind = "require"
//! endpoint = "POST /general/send_photo"
//! tier = "Plus"
//! until = 2030-12-08T00:00:00Z
//! by = "marketing"
//!
//! [[override]]
//! kind = "grant"
//! endpoint = "POST /general/set_postals"
//! customer = "demo-free"
//! until = 2030-12-08T00:00:00Z
//! by = "support"
//!
//! [[override]]
//! kind = "quota"
//! customer = "demo-one"
//! limits = "600/minute"
//! until = 2030-12-08T00:00:00Z
//! by = "support"
//! ```
//!
//! `cad -- overrides check FILE` finds mistakes in such a file.
//!
//! To see how to build a server with tiergate, read this file first, and then `v2/characters.rs`, which is the
//! simplest file of handlers.
//!
//! | module | task |
//! | --- | --- |
//! | `v1` | the first version of the API: POST requests with the credentials in the body |
//! | `v2` | the second version: resources, bearer keys and problem documents |
//! | `json`, `extract`, `error` | what both versions use to read requests and to report errors |
//! | `object`, `lenient`, `search`, `sections` | values, searches and records in the forms in which clients send them |
//! | `billing` | updates subscriptions |
//! | `events` | the events, with the tier of each |
//! | `outbox` | sends events |
//! | `limits` | counts calls, in memory or in Redis |
//! | `page` | the page for customers |
//! | `metrics` | counts accepted and refused calls for the operator |
//! | `settings`, `arguments`, `stop` | the settings, the command line and the signals of the process |
//! | `serve`, `demo` | starts and stops the server, and lists the demo communities |
//! | `store` | stores everything in SQLite or PostgreSQL |

mod arguments;
mod billing;
mod demo;
mod error;
mod events;
mod extract;
mod json;
mod lenient;
mod limits;
mod metrics;
mod object;
mod outbox;
mod page;
mod search;
mod sections;
mod serve;
mod settings;
mod stop;
mod store;
#[cfg(test)]
mod tests;
mod time;
mod v1;
mod v2;

use crate::arguments::{Command, USAGE, reads_overrides};
use crate::billing::Subscriptions;
use crate::error::CadError;
use crate::outbox::Outbox;
use crate::outbox::endpoints::Events;
use crate::serve::serve;
use crate::settings::load_overrides;
use crate::store::Cad;
use crate::v2::V2;
use axum::Extension;
use axum::extract::DefaultBodyLimit;
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use std::error::Error;
use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;
use tiergate::axum::AuditedRouter;
use tiergate::axum::routing::{get, post};
use tiergate::cli::Cli;
use tiergate::openapi::Export;
use tiergate::{Catalogue, Overrides, Quotas, Snapshot};

/// The subscription tiers. The numbers come from the protocol, which has no 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
#[tier(features = AddOn)]
pub(crate) enum Tier {
    Free = 0,
    Starter = 1,
    Standard = 2,
    Plus = 3,
    Pro = 4,
    One = 6,
}

/// The add-ons, which communities buy in addition to a tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Feature)]
pub(crate) enum AddOn {
    /// For communities with several game servers.
    #[add_on(name = "Cross-server dispatch")]
    CrossServer,
}

/// Every endpoint of both versions of the API, as customers know it.
///
/// The quota is for version 1: the vendor documents one call per second on average, for all endpoints
/// together. The endpoints of version 2 have separate limits, so they take nothing from the quota.
#[derive(Catalogue)]
#[catalogue(
    tier = Tier,
    state = Cad,
    include(v1::V1, v2::V2, Events),
    quota = "60/minute"
)]
pub(crate) struct Api;

/// All mounted endpoints: the API, the page for customers, and the billing endpoint. A test compares the
/// quota with that of [`Api`].
#[derive(Catalogue)]
#[catalogue(
    tier = Tier,
    state = Cad,
    handlers(page::restrictions, billing::subscription),
    include(v1::V1, v2::V2, Events),
    quota = "60/minute"
)]
pub(crate) struct Site;

pub(crate) const TITLE: &str = "CAD API restrictions";

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let overrides = Overrides::of::<Api>();
    if reads_overrides(&arguments)
        && let Err(error) = load_overrides_once(&overrides)
    {
        eprintln!("cad: {error}");
        return ExitCode::from(2);
    }
    let cli = cli(&overrides);
    if let Some(code) = cli.run(arguments.clone()) {
        return code;
    }
    let usage = format!("{USAGE}{}", cli.usage());
    let done = match arguments::parse(&arguments) {
        Ok(Command::Serve) => serve(&overrides),
        Ok(Command::Help) => print(&usage),
        Err(complaint) => {
            eprint!("cad: {complaint}\n\n{usage}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cad: {error}");
            ExitCode::FAILURE
        }
    }
}

fn cli(overrides: &Overrides<Tier>) -> Cli {
    Cli::new::<Api>()
        .locked::<Site>()
        .overrides(overrides)
        .format("html", page::render)
        .format("openapi", |snapshot| {
            let export = Export::new(snapshot).info(TITLE, env!("CARGO_PKG_VERSION"));
            let mut document = export.document_json();
            v1::describe_failures(&mut document);
            // Only version 1 has the quota, so the other catalogues are exported without it.
            for others in [Snapshot::of::<V2>(), Snapshot::of::<Events>()] {
                let _ = Export::new(&others).merge_json(&mut document);
            }
            v2::describe(&mut document);
            format!("{document:#}")
        })
}

/// Prints a text and a final newline. Unlike `print!`, returns an error if the reader closed the pipe.
fn print(text: &str) -> Result<(), Box<dyn Error>> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        stdout.write_all(b"\n")?;
    }
    Ok(stdout.flush()?)
}

/// Loads the overrides for a command.
#[tokio::main(flavor = "current_thread")]
async fn load_overrides_once(overrides: &Overrides<Tier>) -> Result<(), String> {
    load_overrides(overrides).await.map(|_file| ())
}

/// Builds the routes of the whole server. Each version of the API identifies its callers.
fn router(
    cad: Cad,
    subscriptions: Subscriptions,
    overrides: &Overrides<Tier>,
    quotas: Quotas,
    outbox: &Outbox,
) -> AuditedRouter<Site> {
    AuditedRouter::new()
        .route("/", get(page::restrictions))
        .route("/billing/subscription", post(billing::subscription))
        .merge(v1::routes(&cad, &subscriptions, overrides))
        .merge(v2::routes(&subscriptions, overrides))
        .merge(outbox::endpoints::routes(outbox, &subscriptions, overrides))
        .layer(Extension(subscriptions))
        .layer(Extension(page::Shown::new(overrides)))
        .layer(DefaultBodyLimit::max(json::BODY_LIMIT))
        .fallback(unknown_endpoint)
        .with_state(cad)
        .layer(quotas)
}

/// Answers calls of unknown paths in the format of the version that the client uses.
async fn unknown_endpoint(uri: Uri) -> Response {
    if uri.path().starts_with("/v2/") {
        v2::Failure::from(CadError::not_found("UNKNOWN ENDPOINT")).into_response()
    } else {
        CadError::not_found("UNKNOWN ENDPOINT").into_response()
    }
}
