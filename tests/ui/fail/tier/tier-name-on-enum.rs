#[derive(Clone, Copy, tiergate::Tier)]
#[tier(name = "Plan")]
enum Tier {
    Free,
    Plus,
}

fn main() {}
