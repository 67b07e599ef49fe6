//! Two tiers, two endpoints and a key in a header, with salvo. Try it:
//!
//! ```sh
//! cargo run -p tiergate-tests-conformance --features salvo --example salvo
//! curl -i http://127.0.0.1:5800/export -H 'x-api-key: free-key'
//! ```

use salvo::extract::PathParam;
use salvo::prelude::*;
use tiergate::{Caller, Catalogue, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

/// Reports the state of a unit.
#[requires_tier(Free, get = "/units/{id}")]
#[handler]
async fn unit(id: PathParam<u32>) -> String {
    format!("unit {} is available\n", *id)
}

/// Exports all units.
#[requires_tier(Plus, get = "/export")]
#[handler]
async fn export() -> &'static str {
    "1,available\n2,busy\n"
}

#[derive(Catalogue)]
#[catalogue(tier = Tier)]
struct Api;

/// Identifies the caller. A real server looks in its database.
#[handler]
async fn authenticate(request: &mut Request, depot: &mut Depot) {
    let key: Option<&str> = request.header("x-api-key");
    let tier = key.and_then(|key| key.strip_suffix("-key")?.parse().ok());
    depot.insert_typed(tier.map_or(Caller::<Tier>::unknown(), Caller::new));
}

#[tokio::main]
async fn main() {
    println!("{}", Api::markdown());
    let router = Router::new()
        .hoop(authenticate)
        .push(Router::with_path("units/{id}").get(unit))
        .push(Router::with_path("export").get(export));
    let acceptor = TcpListener::new("127.0.0.1:5800").bind().await;
    Server::new(acceptor).serve(router).await;
}
