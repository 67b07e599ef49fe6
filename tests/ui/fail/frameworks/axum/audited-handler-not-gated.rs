use tiergate::axum::AuditedRouter;
use tiergate::{Catalogue, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
}

#[requires_tier(Free, get = "/units")]
async fn units() {}

async fn export() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, state = (), handlers(units))]
struct Api;

fn main() {
    let _: AuditedRouter<Api> = AuditedRouter::new().get("/units", units).get("/export", export);
}
