use salvo::prelude::*;
use tiergate::requires_tier;
use tiergate_tests_conformance::Tier;

#[handler]
#[requires_tier(Plus, get = "/export", guard = pass)]
async fn export() -> &'static str {
    pass.tier().name()
}

fn main() {}
