#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    #[tier(alias = 1)]
    Plus,
}

fn main() {}
