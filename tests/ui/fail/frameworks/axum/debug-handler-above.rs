use tiergate::requires_tier;

#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
pub enum Tier {
    Free,
    Plus,
    Pro,
}

#[axum::debug_handler]
#[requires_tier(Plus, get = "/export")]
async fn export() -> &'static str {
    "all of it"
}

fn main() {}
