use tiergate::{Denied, Guard, requires_tier};

#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
pub enum Tier {
    Free,
    Plus,
    Pro,
}

#[requires_tier(Plus, guard = pass)]
fn limit() -> Result<usize, Denied> {
    if pass.tier() == Tier::Pro {
        return Ok(1000);
    }
    assert!(pass.require(Tier::Pro).is_err());
    pass.require(Tier::Plus)?;
    Ok(10)
}

fn main() {
    assert_eq!(limit(Guard::check(Tier::Plus).unwrap()), Ok(10));
    assert_eq!(limit(Guard::check(Tier::Pro).unwrap()), Ok(1000));
}
