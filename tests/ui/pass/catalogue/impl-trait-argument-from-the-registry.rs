use tiergate::{Catalogue, Guard, requires_tier};

#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
pub enum Tier {
    Free,
    Plus,
    Pro,
}

#[requires_tier(Plus)]
fn count(items: impl IntoIterator<Item = u8>, text: impl Into<String>) -> usize {
    items.into_iter().count() + text.into().len()
}

#[derive(Catalogue)]
#[catalogue(tier = Tier)]
struct Api;

fn main() {
    assert_eq!(count(Guard::check(Tier::Plus).unwrap(), [1, 2], "abc"), 5);
    assert_eq!(Api::endpoints()[0].name(), "count");
}
