use tiergate::Catalogue;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

mod health {
    pub(crate) struct Health;

    #[tiergate::gated]
    impl Health {
        #[tiergate::requires_tier(public = "health checks have no account")]
        pub(crate) fn check() {}
    }
}

use health::Health;

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(Health::check))]
struct Api;

fn main() {}
