#[derive(Clone, Copy)]
pub enum Feature {
    Radio,
}

#[derive(Clone, Copy, tiergate::Tier)]
#[tier(features = Feature)]
pub enum Tier {
    Free,
    Plus,
}

fn main() {}
