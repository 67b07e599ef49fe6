#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    #[tier(name = "")]
    Plus,
}

fn main() {}
