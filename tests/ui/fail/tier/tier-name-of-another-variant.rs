#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    #[tier(name = "free")]
    Plus,
}

fn main() {}
