#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

impl Tier {
    fn name(self) -> &'static str {
        "tier"
    }
}

fn main() {}
