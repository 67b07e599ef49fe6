#[derive(Clone, Copy, tiergate::Tier)]
#[tier(alias = "Plans")]
enum Tier {
    Free,
    Plus,
}

fn main() {}
