use tiergate::{Denied, Guard, requires_tier};

#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
pub enum Tier {
    Free,
    Plus,
    Pro,
}

#[requires_tier(Free, guard = pass)]
fn parse(text: &str) -> Result<u32, Box<dyn std::error::Error>> {
    if text.is_empty() {
        return Ok(0);
    }
    if text.len() > 3 {
        pass.require(Tier::Pro)?;
    }
    Ok(text.parse::<u32>()?)
}

fn main() -> Result<(), Denied> {
    assert_eq!(parse(Guard::check(Tier::Free)?, "").unwrap(), 0);
    assert_eq!(parse(Guard::check(Tier::Free)?, "12").unwrap(), 12);
    assert!(parse(Guard::check(Tier::Free)?, "x").is_err());
    let denied = parse(Guard::check(Tier::Plus)?, "1234").unwrap_err();
    assert_eq!(denied.downcast::<Denied>().unwrap().required_tier(), "Pro");
    assert_eq!(parse(Guard::check(Tier::Pro)?, "1234").unwrap(), 1234);
    Ok(())
}
