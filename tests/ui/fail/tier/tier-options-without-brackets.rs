#[derive(Clone, Copy, tiergate::Tier)]
#[tier = "trait_only"]
enum Tier {
    Free,
    Plus,
}

fn main() {}
