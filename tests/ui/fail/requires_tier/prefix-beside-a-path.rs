use tiergate::requires_tier;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Plus,
}

#[requires_tier(Plus, prefix = "/v1", get = "/v1/x")]
fn handler() {}

fn main() {
    let _ = Tier::Plus;
}
