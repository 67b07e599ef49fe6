use tiergate::Catalogue;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

mod units {
    use super::Tier;

    #[tiergate::requires_tier(Plus)]
    fn list() {}
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(units::list))]
struct Api;

fn main() {}
