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

#[derive(Clone, Copy, tiergate::Feature)]
pub enum Module {
    Radio,
}

#[requires_tier(Plus, feature = Module::Radio)]
fn transmit() {}

fn main() {}
