#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    #[tier(name = "Basic")]
    Free,
    #[tier(name = "basic")]
    Plus,
}

fn main() {}
