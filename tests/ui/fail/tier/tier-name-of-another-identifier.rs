#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    #[tier(name = "Basic")]
    Free,
    #[tier(name = "Free")]
    Plus,
}

fn main() {}
