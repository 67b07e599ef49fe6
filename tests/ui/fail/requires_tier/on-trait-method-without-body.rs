use tiergate::requires_tier;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

trait Handler {
    #[requires_tier(Plus)]
    fn handle();
}

fn main() {}
