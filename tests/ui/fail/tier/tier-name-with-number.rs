#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    #[tier(name = 5)]
    Plus,
}

fn main() {}
