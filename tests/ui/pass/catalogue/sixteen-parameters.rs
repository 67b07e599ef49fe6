use tiergate::{Catalogue, requires_tier};

#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
pub enum Tier {
    Free,
    Plus,
    Pro,
}

#[allow(clippy::too_many_arguments)]
#[requires_tier(Plus)]
fn many(
    _: u8, _: u8, _: u8, _: u8, _: u8, _: u8, _: u8, _: u8,
    _: u8, _: u8, _: u8, _: u8, _: u8, _: u8, _: u8, _: u8,
) {}

#[requires_tier(Plus)]
unsafe fn careful(pointer: *const u8) -> u8 {
    unsafe { *pointer }
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(many))]
struct Api;

fn main() {
    assert_eq!(Api::ENDPOINTS[0].name(), "many");
    let byte = 7;
    let guard = tiergate::Guard::check(Tier::Plus).unwrap();
    assert_eq!(unsafe { careful(guard, &raw const byte) }, 7);
}
