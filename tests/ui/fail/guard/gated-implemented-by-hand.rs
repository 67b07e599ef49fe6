use tiergate::{Catalogue, Endpoint, Gated, Guard, Need, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Pro,
}

#[requires_tier(Pro)]
fn export() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(export))]
struct Api;

struct Lenient;

impl Gated for Lenient {
    type Tier = Tier;
    type Form = tiergate::__private::forms::Takes0;
    const REQUIRED: Tier = Tier::Free;
    const NEED: Need = Api::ENDPOINTS[0].need().unwrap();
    const ENDPOINT: Endpoint = Api::ENDPOINTS[0];
}

fn main() {
    export(Guard::check(Tier::Pro).unwrap());
}
