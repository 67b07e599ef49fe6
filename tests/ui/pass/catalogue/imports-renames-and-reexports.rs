use tiergate::Catalogue;

#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
pub enum Tier {
    Free,
    Plus,
    Pro,
}

mod private {
    use crate::Tier;

    #[tiergate::requires_tier(Plus, get = "/a")]
    pub fn a() {}

    #[tiergate::requires_tier(Plus, get = "/b")]
    pub fn b() {}

    #[tiergate::requires_tier(Plus, get = "/c")]
    pub fn c() {}
}

pub mod facade {
    pub use crate::private::b as renamed;
    pub use crate::private::*;
}

use private::a;

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(a, facade::renamed, facade::c))]
struct Api;

fn main() {
    let names: Vec<_> = Api::endpoints().iter().map(|endpoint| endpoint.name()).collect();
    assert_eq!(names, ["a", "b", "c"]);
}
