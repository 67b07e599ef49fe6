use tiergate::{Endpoint, Gated, Guard, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Pro,
}

#[requires_tier(Pro)]
fn export() {}

impl Gated for __tiergate_export {
    type Tier = Tier;
    type Form = tiergate::__private::forms::Takes0;
    const REQUIRED: Tier = Tier::Free;
    const ENDPOINT: Endpoint = <Self as tiergate::__private::Handler>::RECORD;
}

fn main() {
    export(Guard::check(Tier::Pro).unwrap());
}
