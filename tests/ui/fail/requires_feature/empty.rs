use tiergate::requires_feature;

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

#[requires_feature]
fn transmit() {}

fn main() {}
