use tiergate::requires_tier;

#[derive(Clone, Copy, tiergate::Feature)]
pub enum Feature {
    Radio,
    BodyCam,
}

#[derive(Clone, Copy, tiergate::Tier)]
#[tier(features = Feature)]
pub enum Tier {
    Free,
    Plus,
    Pro,
}

#[requires_tier(Plus, enforced =)]
fn transmit() {}

fn main() {}
