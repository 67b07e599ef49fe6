#[derive(Clone, Copy, tiergate::Feature)]
pub enum Feature {
    Radio,
    BodyCam,
}

#[derive(Clone, Copy, tiergate::Tier)]
#[tier(features = Tier)]
pub enum Tier {
    Free,
    Plus,
}

fn main() {}
