#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    #[tier(alias = "")]
    Plus,
}

fn main() {}
