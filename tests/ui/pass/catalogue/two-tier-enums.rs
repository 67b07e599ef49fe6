use tiergate::{Catalogue, Guard, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

mod plans {
    #[derive(Clone, Copy, tiergate::Tier)]
    pub enum Plan {
        Silver = 10,
        Gold = 20,
    }
}

#[requires_tier(Plus)]
fn units() {}

#[requires_tier(plans::Plan::Gold)]
fn reports() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier)]
struct OfTiers;

#[derive(Catalogue)]
#[catalogue(tier = plans::Plan)]
struct OfPlans;

#[derive(Catalogue)]
#[catalogue(tier = plans::Plan, handlers(reports))]
struct Listed;

fn main() {
    units(Guard::check(Tier::Plus).unwrap());
    reports(Guard::check(plans::Plan::Gold).unwrap());
    assert!(Guard::check(plans::Plan::Silver).map(reports).is_err());
    assert_eq!(OfTiers::endpoints()[0].name(), "units");
    assert_eq!(OfPlans::endpoints(), Listed::ENDPOINTS);
    assert!(OfTiers::audit().is_clean() && Listed::audit().is_clean());
    assert!(!Tier::Free.allows(Tier::Plus));
}
