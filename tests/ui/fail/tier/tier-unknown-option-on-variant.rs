#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    #[tier(rank = 5)]
    Plus,
}

fn main() {}
