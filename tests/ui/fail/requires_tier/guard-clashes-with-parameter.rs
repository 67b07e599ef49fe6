use tiergate::requires_tier;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[requires_tier(Plus, guard = _pass)]
fn handler(_pass: u8) {
    let _ = _pass;
}

fn main() {}
