#[derive(Clone, Copy, tiergate::Tier)]
pub enum Tier {
    Free,
    Plus,
}

#[tiergate::requires_tier(Plus)]
fn export() {}

#[derive(tiergate::Catalogue)]
#[catalogue(tier = Tier, handlers(#[cfg(unix)] export))]
struct Api;

fn main() {}
