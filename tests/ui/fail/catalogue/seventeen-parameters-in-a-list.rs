#[derive(Clone, Copy, tiergate::Tier)]
pub enum Tier {
    Free,
    Plus,
}

#[rustfmt::skip]
#[tiergate::requires_tier(Plus)]
#[allow(clippy::too_many_arguments)]
fn export(
    _: u8, _: u8, _: u8, _: u8, _: u8, _: u8, _: u8, _: u8, _: u8,
    _: u8, _: u8, _: u8, _: u8, _: u8, _: u8, _: u8, _: u8,
) {}

#[derive(tiergate::Catalogue)]
#[catalogue(tier = Tier, handlers(export))]
struct Api;

fn main() {}
