#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    #[tier(name = "Basic")]
    Free,
    #[tier(alias = "Free")]
    Plus,
}

fn main() {}
