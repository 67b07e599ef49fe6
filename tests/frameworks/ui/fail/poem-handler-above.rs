use poem::handler;
use tiergate::requires_tier;
use tiergate_tests_conformance::Tier;

/// Exports everything.
#[handler]
#[requires_tier(Plus, get = "/export")]
async fn export() -> &'static str {
    "all of it"
}

fn main() {}
