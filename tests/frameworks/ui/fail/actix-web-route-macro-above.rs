use actix_web::get;
use tiergate::requires_tier;
use tiergate_tests_conformance::Tier;

#[get("/export")]
#[requires_tier(Plus)]
async fn export() -> &'static str {
    "all of it"
}

fn main() {}
