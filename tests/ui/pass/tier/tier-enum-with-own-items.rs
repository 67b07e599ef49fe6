use std::fmt;
use std::str::FromStr;
use tiergate::Tier as _;

#[derive(Clone, Copy, Debug, PartialEq, tiergate::Tier)]
#[tier(trait_only)]
enum Tier {
    Free,
    Plus,
}

impl Tier {
    const ALL: usize = 2;

    fn name(self) -> String {
        format!("my {self:?}")
    }
}

impl FromStr for Tier {
    type Err = fmt::Error;

    fn from_str(_: &str) -> Result<Self, fmt::Error> {
        Err(fmt::Error)
    }
}

#[tiergate::requires_tier(Plus)]
fn units() {}

fn main() {
    assert_eq!(Tier::ALL, 2);
    assert_eq!(Tier::Free.name(), "my Free");
    assert_eq!(<Tier as tiergate::Tier>::name(Tier::Plus), "Plus");
    assert_eq!(<Tier as tiergate::Tier>::from_name("plus"), Ok(Tier::Plus));
    assert!("Plus".parse::<Tier>().is_err() && Tier::Plus.rank() == 1);
    tiergate::Guard::check(Tier::Plus).map(units).unwrap();
}
