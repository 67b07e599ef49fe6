#[derive(Clone, Copy, tiergate::Tier)]
pub enum Tier {
    Free,
    Plus,
}

#[tiergate::requires_tier(Plus, get = "/export")]
fn export() {}

#[derive(tiergate::Catalogue)]
#[catalogue(tier = Tier, handlers(export))]
struct Inner;

#[derive(tiergate::Catalogue)]
#[catalogue(tier = Tier, handlers(export), include(Inner))]
struct Api;

fn main() {}
