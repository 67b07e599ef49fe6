use tiergate::{Guard, requires_tier};

#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
pub enum Tier {
    Free,
    Plus,
    Pro,
}

#[requires_tier(Plus)]
fn double(number: u32) -> u32 {
    number * 2
}

fn main() {
    assert_eq!(double(Guard::check(Tier::Pro).unwrap(), 4), 8);
    assert!(Guard::check(Tier::Free).map(|guard| double(guard, 4)).is_err());
}
