use tiergate::requires_tier;

#[derive(Clone, Copy, tiergate::Feature)]
pub enum Feature {
    Radio,
    BodyCam,
}

#[derive(Clone, Copy, tiergate::Tier)]
pub enum Tier {
    Free,
    Plus,
    Pro,
}

#[requires_tier(Plus, feature = Feature::Radio)]
fn transmit() {}

fn main() {}
