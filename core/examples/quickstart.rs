//! Three tiers, three endpoints, an API key in a header, and a page for customers at `/`. Try it:
//! `curl -i http://127.0.0.1:3000/export -H 'x-api-key: free-key'`

use axum::extract::{Path, Request};
use axum::middleware::{Next, from_fn};
use axum::response::{Html, Response};
use tiergate::{Caller, Catalogue, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
    Pro,
}

/// Returns the status of a unit.
#[requires_tier(Free, get = "/units/{id}")]
async fn unit(Path(id): Path<u32>) -> String {
    format!("unit {id} is available\n")
}

/// Exports all units.
#[requires_tier(Plus, get = "/export")]
async fn export() -> &'static str {
    "1,available\n2,busy\n"
}

/// Removes a unit.
#[requires_tier(Pro, delete = "/units/{id}", guard = pass)]
async fn remove_unit(Path(id): Path<u32>) -> String {
    format!("removed unit {id} with the tier {}\n", pass.tier().name())
}

/// Shows this table.
#[requires_tier(public = "everybody may see the plans", get = "/")]
async fn plans() -> Html<String> {
    Html(Api::html())
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(unit, export, remove_unit, plans))]
struct Api;

/// Identifies the caller. A real server looks up the key in its database.
async fn authenticate(mut request: Request, next: Next) -> Response {
    let key = request.headers().get("x-api-key");
    let tier = key.and_then(|key| key.to_str().ok()?.strip_suffix("-key")?.parse().ok());
    let caller = tier.map_or(Caller::<Tier>::unknown(), Caller::new);
    request.extensions_mut().insert(caller);
    next.run(request).await
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    println!("{}\nhttp://127.0.0.1:3000", Api::markdown());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    axum::serve(listener, Api::router().layer(from_fn(authenticate))).await
}
