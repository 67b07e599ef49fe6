use tiergate::requires_tier;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

struct Service;

impl Service {
    #[requires_tier(Plus)]
    fn handle(&self) {}
}

fn main() {}
