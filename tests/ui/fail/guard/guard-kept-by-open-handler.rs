use tiergate::{Guard, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[requires_tier(public = "health checks have no account")]
fn health() {}

fn main() {
    health(Guard::check(Tier::Plus).unwrap());
}
