#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    #[tier(name = "Team", alias = "free")]
    Plus,
}

fn main() {}
