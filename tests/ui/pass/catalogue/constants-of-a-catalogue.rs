use tiergate::{Catalogue, requires_tier};

#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
pub enum Tier {
    Free,
    Plus,
    Pro,
}

#[requires_tier(Plus, get = "/units")]
fn units() {}

#[requires_tier(Pro, get = "/calls")]
fn calls() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(units, calls))]
struct Api;

const HIGHEST: u32 = {
    let mut highest = 0;
    let mut index = 0;
    while index < Api::ENDPOINTS.len() {
        if let Some(rank) = Api::ENDPOINTS[index].required_rank() {
            if rank > highest {
                highest = rank;
            }
        }
        index += 1;
    }
    highest
};
const _: () = assert!(HIGHEST == Tier::Pro.rank());
const _: () = assert!(Tier::ALL.len() == 3 && Tier::Pro.allows(Tier::Plus));
static FIRST: tiergate::Endpoint = Api::ENDPOINTS[0];

fn main() {
    assert_eq!(FIRST.name(), "units");
}
