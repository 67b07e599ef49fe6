use std::fmt::Debug;
use tiergate::{Catalogue, Guard, requires_tier};

#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
pub enum Tier {
    Free,
    Plus,
    Pro,
}

#[requires_tier(Free)]
fn show<T, const N: usize, F: Fn(&T) -> Vec<T>>(values: [T; N], more: F) -> String
where
    T: Debug + Clone,
    for<'a> &'a T: Debug,
{
    let mut all = values.to_vec();
    if let Some(first) = values.first() {
        all.extend(more(first));
    }
    format!("{all:?}")
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(show::<u8, 2, fn(&u8) -> Vec<u8>>))]
struct Api;

fn main() {
    let guard = Guard::check(Tier::Free).unwrap();
    assert_eq!(show(guard, [1, 2], |one| vec![one + 8]), "[1, 2, 9]");
    assert_eq!(Api::ENDPOINTS[0].name(), "show");
}
