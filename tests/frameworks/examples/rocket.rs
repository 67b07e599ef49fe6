//! Two tiers, two endpoints and a key in a header, with rocket. Try it:
//!
//! ```sh
//! cargo run -p tiergate-tests-conformance --features rocket --example rocket
//! curl -i http://127.0.0.1:8000/export -H 'x-api-key: free-key'
//! ```

use rocket::fairing::AdHoc;
use rocket::{Build, Request, Rocket, get, routes};
use tiergate::rocket::{problems, set_caller};
use tiergate::{Caller, Catalogue, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

/// Reports the state of a unit.
#[requires_tier(Free)]
#[get("/units/<id>")]
fn unit(id: u32) -> String {
    format!("unit {id} is available\n")
}

/// Exports all units.
#[requires_tier(Plus)]
#[get("/export")]
fn export() -> &'static str {
    "1,available\n2,busy\n"
}

#[derive(Catalogue)]
#[catalogue(tier = Tier)]
struct Api;

/// Identifies the caller. A real server looks in its database.
fn authenticate(request: &Request<'_>) -> Caller<Tier> {
    let key = request.headers().get_one("x-api-key");
    let tier = key.and_then(|key| key.strip_suffix("-key")?.parse().ok());
    tier.map_or(Caller::unknown(), Caller::new)
}

#[rocket::launch]
fn launch() -> Rocket<Build> {
    println!("{}", Api::markdown());
    rocket::build()
        .attach(AdHoc::on_request("authentication", |request, _| {
            Box::pin(async move { set_caller(request, authenticate(request)) })
        }))
        .attach(problems())
        .mount("/", routes![unit, export])
}
