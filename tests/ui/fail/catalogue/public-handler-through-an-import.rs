use tiergate::Catalogue;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

mod health {
    #[tiergate::requires_tier(public = "health checks have no account")]
    pub(crate) fn check() {}
}

use health::check;

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(check))]
struct Api;

fn main() {}
