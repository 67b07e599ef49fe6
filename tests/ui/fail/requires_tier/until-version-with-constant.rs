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

const VERSION: u32 = 3;

#[requires_tier(Pro, until_version(VERSION, Plus))]
fn transmit() {}

fn main() {}
