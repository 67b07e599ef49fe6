#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    #[tier(alias = "Team", alias = "team")]
    Plus,
}

fn main() {}
