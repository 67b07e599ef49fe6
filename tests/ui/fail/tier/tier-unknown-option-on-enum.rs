#[derive(Clone, Copy, tiergate::Tier)]
#[tier(only_trait)]
enum Tier {
    Free,
    Plus,
}

fn main() {}
