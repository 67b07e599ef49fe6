#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    #[tier(name = "Team", alias = "plus")]
    Plus,
}

fn main() {}
