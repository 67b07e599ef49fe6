//! Two tiers, two endpoints and a key in a header, with actix-web. Try it:
//!
//! ```sh
//! cargo run -p tiergate-tests-conformance --features actix-web --example actix_web
//! curl -i http://127.0.0.1:8080/export -H 'x-api-key: free-key'
//! ```

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::{Next, from_fn};
use actix_web::{App, Error, HttpMessage, HttpServer, web};
use tiergate::{Caller, Catalogue, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

/// Reports the state of a unit.
#[requires_tier(Free, get = "/units/{id}")]
async fn unit(id: web::Path<u32>) -> String {
    format!("unit {id} is available\n")
}

/// Exports all units.
#[requires_tier(Plus, get = "/export")]
async fn export() -> &'static str {
    "1,available\n2,busy\n"
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(unit, export))]
struct Api;

/// Identifies the caller. A real server looks in its database.
async fn authenticate(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let key = request.headers().get("x-api-key");
    let tier = key.and_then(|key| key.to_str().ok()?.strip_suffix("-key")?.parse().ok());
    let caller = tier.map_or(Caller::<Tier>::unknown(), Caller::new);
    request.extensions_mut().insert(caller);
    next.call(request).await
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    println!("{}", Api::markdown());
    let app = || {
        App::new()
            .wrap(from_fn(authenticate))
            .configure(Api::configure)
    };
    HttpServer::new(app).bind("127.0.0.1:8080")?.run().await
}
