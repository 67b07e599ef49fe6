#[derive(Clone, Copy, tiergate::Tier)]
pub enum Tier {
    Free,
    Plus,
}

impl Tier {
    pub const PRICE: f32 = 1.99;
}

#[tiergate::requires_tier(Tier::PRICE)]
fn export() {}

fn main() {
    let _ = export;
}
