#[derive(Clone, Copy, tiergate::Tier)]
pub enum Tier {
    Free,
    Plus,
}

pub struct Dispatch;

impl Dispatch {
    #[tiergate::requires_tier(Plus)]
    pub fn call(id: u8) -> u8 {
        id
    }
}

fn main() {}
