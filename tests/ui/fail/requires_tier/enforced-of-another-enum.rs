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

#[derive(Clone, Copy, tiergate::Tier)]
pub enum Plan {
    Free,
}

#[requires_tier(Plus, enforced = Plan::Free)]
fn transmit() {}

fn main() {}
