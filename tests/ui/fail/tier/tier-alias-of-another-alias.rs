#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    #[tier(alias = "Basic")]
    Free,
    #[tier(alias = "basic")]
    Plus,
}

fn main() {}
