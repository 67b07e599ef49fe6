//! Two tiers, two endpoints and a key in a header, with poem. Try it:
//!
//! ```sh
//! cargo run -p tiergate-tests-conformance --features poem --example poem
//! curl -i http://127.0.0.1:3001/export -H 'x-api-key: free-key'
//! ```

use poem::listener::TcpListener;
use poem::web::Path;
use poem::{Endpoint, EndpointExt, Request, Result, Route, Server, get, handler};
use tiergate::{Caller, Catalogue, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

/// Reports the state of a unit.
#[requires_tier(Free, get = "/units/{id}")]
#[handler]
fn unit(Path(id): Path<u32>) -> String {
    format!("unit {id} is available\n")
}

/// Exports all units.
#[requires_tier(Plus, get = "/export")]
#[handler]
fn export() -> &'static str {
    "1,available\n2,busy\n"
}

#[derive(Catalogue)]
#[catalogue(tier = Tier)]
struct Api;

/// Identifies the caller. A real server looks in its database.
async fn authenticate<E: Endpoint>(next: E, mut request: Request) -> Result<E::Output> {
    let key = request.header("x-api-key");
    let tier = key.and_then(|key| key.strip_suffix("-key")?.parse().ok());
    let caller = tier.map_or(Caller::<Tier>::unknown(), Caller::new);
    request.extensions_mut().insert(caller);
    next.call(request).await
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    println!("{}", Api::markdown());
    let app = Route::new()
        .at("/units/:id", get(unit))
        .at("/export", get(export))
        .around(authenticate);
    Server::new(TcpListener::bind("127.0.0.1:3001"))
        .run(app)
        .await
}
