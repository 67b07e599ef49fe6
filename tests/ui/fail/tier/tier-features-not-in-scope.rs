#[derive(Clone, Copy, tiergate::Tier)]
#[tier(features = AddOns)]
pub enum Tier {
    Free,
    Plus,
}

fn main() {}
