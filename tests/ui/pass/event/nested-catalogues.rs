//! Events in catalogues that include each other, next to handlers.
use tiergate::{Catalogue, Endpoint, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
pub enum Tier {
    Free,
    Plus,
}

mod emergency {
    use super::Tier;

    #[derive(tiergate::Event)]
    #[event(Plus)]
    pub struct NewCall;

    #[derive(tiergate::Catalogue)]
    #[catalogue(tier = Tier, events(NewCall))]
    pub struct Emergency;
}

mod civilian {
    use super::Tier;

    #[tiergate::requires_tier(Plus, get = "/civilians")]
    pub async fn list() {}

    /// Without events.
    #[derive(tiergate::Catalogue)]
    #[catalogue(tier = Tier, handlers(list))]
    pub struct Civilian;
}

#[derive(tiergate::Event)]
#[event(Free)]
enum Push {
    A,
    B,
}

#[requires_tier(Free, get = "/here")]
async fn here() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(here), events(Push), include(emergency::Emergency, civilian::Civilian))]
struct Api;

/// Contains no events at all.
#[derive(Catalogue)]
#[catalogue(tier = Tier, include(civilian::Civilian))]
struct Outer;

fn names(endpoints: &[Endpoint]) -> Vec<&'static str> {
    endpoints.iter().map(Endpoint::name).collect()
}

fn main() {
    assert_eq!(names(Api::EVENTS), ["A", "B", "NewCall"]);
    assert_eq!(names(Api::events()), ["A", "B", "NewCall"]);
    assert_eq!(names(Api::ENDPOINTS), ["here", "list"]);
    assert!(civilian::Civilian::EVENTS.is_empty());
    assert!(Outer::EVENTS.is_empty());
    assert_eq!(names(emergency::Emergency::EVENTS), ["NewCall"]);
    assert!(Api::find("GET", "/here").is_some());
    assert!(emergency::Emergency::find("GET", "/here").is_none());
    Api::audit().assert_clean();
    let _ = (Push::A, Push::B, emergency::NewCall);
    let _: axum::Router<()> = emergency::Emergency::router();
}
