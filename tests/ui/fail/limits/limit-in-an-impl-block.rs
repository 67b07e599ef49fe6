use tiergate::{gated, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
    Pro,
}

struct Api;

#[gated]
impl Api {
    #[requires_tier(Plus, limit(Free = "60/minute"))]
    fn export(&self) {}

    #[requires_tier(Plus, limit = "60/sec")]
    fn import(&self) {}
}

fn main() {}
