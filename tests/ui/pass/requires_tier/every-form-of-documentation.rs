use tiergate::{Catalogue, requires_tier};

#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
pub enum Tier {
    Free,
    Plus,
    Pro,
}

#[requires_tier(Plus)]
fn without() {}

///
/// One line
/// and another.
///
/// No more.
#[requires_tier(Plus)]
fn lines() {}

/** A block
 * with stars.
 *
 * No more. */
#[requires_tier(Plus)]
fn block() {}

#[doc = "An attribute."]
#[doc(alias = "other")]
#[requires_tier(Plus)]
#[doc = "And one below."]
fn attributes() {}

#[doc = concat!("Not ", "a literal.")]
#[requires_tier(Plus)]
fn expression() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(without, lines, block, attributes, expression))]
struct Api;

fn main() {
    let summaries: Vec<_> = Api::endpoints().iter().map(|endpoint| endpoint.summary()).collect();
    let expected = ["", "One line and another.", "A block with stars.", "An attribute. And one below.", ""];
    assert_eq!(summaries, expected);
}
