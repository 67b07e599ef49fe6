#[derive(Clone, Copy, tiergate::Tier)]
#[tier(lowest = "Free")]
enum Tier {
    Free,
    Plus,
}

fn main() {}
