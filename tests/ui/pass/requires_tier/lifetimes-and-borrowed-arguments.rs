use tiergate::{Catalogue, Guard, requires_tier};

#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
pub enum Tier {
    Free,
    Plus,
    Pro,
}

#[requires_tier(Plus)]
fn longer<'a>(left: &'a str, right: &'a str) -> &'a str {
    if left.len() > right.len() { left } else { right }
}

#[requires_tier(Plus)]
async fn elided(name: &str, names: &mut Vec<String>) -> usize {
    names.push(name.to_owned());
    names.len()
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(longer, elided))]
struct Api;

#[tokio::main]
async fn main() {
    assert_eq!(longer(Guard::check(Tier::Plus).unwrap(), "a", "bc"), "bc");
    let mut names = Vec::new();
    assert_eq!(elided(Guard::check(Tier::Plus).unwrap(), "x", &mut names).await, 1);
    assert_eq!(Api::ENDPOINTS.len(), 2);
}
