use axum::Router;
use axum::routing::get;
use tiergate::axum::AuditedRouter;
use tiergate::{Catalogue, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
}

#[requires_tier(Free, get = "/units")]
async fn units() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, state = (), handlers(units))]
struct Api;

fn main() {
    let _: AuditedRouter<Api> = AuditedRouter::new().route("/units", get(units));
    let _: AuditedRouter<Api> = AuditedRouter::new().merge(Router::new());
}
