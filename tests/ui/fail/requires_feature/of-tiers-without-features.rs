use tiergate::requires_feature;

#[derive(Clone, Copy, tiergate::Tier)]
pub enum Tier {
    Free,
    Plus,
    Pro,
}

#[requires_feature(Radio)]
fn transmit() {}

fn main() {}
