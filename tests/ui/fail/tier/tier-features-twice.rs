#[derive(Clone, Copy, tiergate::Feature)]
pub enum Feature {
    Radio,
    BodyCam,
}

#[derive(Clone, Copy, tiergate::Tier)]
#[tier(features = Feature, features = Feature)]
pub enum Tier {
    Free,
    Plus,
}

fn main() {}
