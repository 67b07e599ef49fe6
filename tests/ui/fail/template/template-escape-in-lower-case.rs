use tiergate::requires_tier;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[requires_tier(Plus, get = "/gr%c3%b6%c3%9fe.csv")]
fn handler() {}

fn main() {}
