use tiergate::requires_tier;
// Stands for the macro of a framework whose feature is not enabled here.
use axum::debug_handler as handler;

#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
pub enum Tier {
    Free,
    Plus,
    Pro,
}

#[requires_tier(Plus)]
#[handler]
async fn unit() {}

fn main() {}
