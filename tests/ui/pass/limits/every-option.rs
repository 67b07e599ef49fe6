//! Every option about limits, alone and combined.
use tiergate::{Catalogue, Endpoint, requires_feature, requires_tier};

#[derive(Clone, Copy, tiergate::Feature)]
pub enum Feature {
    Radio,
}

#[derive(Clone, Copy, tiergate::Tier)]
#[tier(features = Feature)]
pub enum Tier {
    Free,
    Standard = 3,
    #[tier(name = "Plus (yearly)")]
    Plus = 7,
    One,
}

#[requires_tier(Plus, limit = "60/minute", get = "/every-tier")]
async fn every_tier() {}

#[requires_tier(
    Standard,
    limit(Standard = "10/minute", Tier::Plus = "60/minute; 50000/day", One = "unlimited"),
    get = "/by-tier",
)]
async fn by_tier() {}

#[requires_tier(Free, cost = 20, get = "/cost")]
async fn cost() {}

#[requires_tier(cost = 0, get = "/free-of-charge", Free)]
async fn free_of_charge() {}

#[requires_tier(Plus, limit(Plus = "4000/second",), cost = 1_000, get = "/both")]
async fn both() {}

#[requires_tier(Plus, limit = "unlimited", get = "/unlimited")]
async fn unlimited() {}

#[requires_tier(Plus, limit = "1/second;2/minute;3/hour; 4/day; 1000000000/month", get = "/windows")]
async fn every_window() {}

#[requires_tier(Plus, limit = "60\u{2f}minute", get = "/escape")]
async fn escape() {}

#[requires_tier(Plus, limit = r#"60/minute"#, get = "/raw")]
async fn raw() {}

#[requires_tier(Plus, feature = Radio, limit(Plus = "1/day"), get = "/and")]
async fn and_feature() {}

#[requires_tier(Plus, or_feature = Radio, limit(Free = "1/day", Plus = "2/day"), get = "/or")]
async fn or_feature() {}

#[requires_tier(Plus, or_feature = Radio, limit = "1/day", get = "/or-every-tier")]
async fn or_feature_every_tier() {}

#[requires_tier(
    One,
    until_version(2, Free),
    until_version(3, Standard),
    enforced = Plus,
    limit(Free = "1/day", One = "1/day"),
    get = "/versions",
)]
async fn versions() {}

#[requires_tier(One, enforced = Plus, limit(Plus = "1/day"), get = "/enforced")]
async fn enforced() {}

#[requires_feature(Radio, limit(Free = "1/day", Standard = "2/day"), cost = 2, get = "/only")]
async fn only_feature() {}

#[requires_feature(Radio, limit = "3/day", get = "/only-every-tier")]
async fn only_feature_every_tier() {}

#[derive(Catalogue)]
#[catalogue(
    tier = Tier,
    quota(Free = "100/day", Tier::Plus = "60/minute; 5000/day", One = "unlimited"),
    handlers(
        every_tier,
        by_tier,
        cost,
        free_of_charge,
        unlimited,
        every_window,
        escape,
        raw,
        and_feature,
        or_feature,
        or_feature_every_tier,
        versions,
        enforced,
        only_feature,
        only_feature_every_tier,
    ),
)]
struct Api;

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(both, cost))]
struct WithoutQuota;

#[derive(Catalogue)]
#[catalogue(tier = Tier, quota = "100/day")]
struct Everything;

fn limits(endpoint: Endpoint) -> String {
    endpoint.limits().map(|limits| format!("{limits:?}")).unwrap_or_default()
}

fn main() {
    let shown: Vec<_> = Api::ENDPOINTS.iter().map(|endpoint| (limits(*endpoint), endpoint.cost())).collect();
    let policy = |text: &str, cost: u32| (format!("[{text}]"), cost);
    assert_eq!(
        shown,
        [
            policy("Policy(Plus (yearly) = \"60/minute\")", 1),
            policy(
                "Policy(Standard = \"10/minute\"), Policy(Plus (yearly) = \"60/minute; 50000/day\"), Policy(One = \"unlimited\")",
                1
            ),
            (String::new(), 20),
            (String::new(), 0),
            policy("Policy(Plus (yearly) = \"unlimited\")", 1),
            policy("Policy(Plus (yearly) = \"1/second; 2/minute; 3/hour; 4/day; 1000000000/month\")", 1),
            policy("Policy(Plus (yearly) = \"60/minute\")", 1),
            policy("Policy(Plus (yearly) = \"60/minute\")", 1),
            policy("Policy(Plus (yearly) = \"1/day\")", 1),
            policy("Policy(Free = \"1/day\"), Policy(Plus (yearly) = \"2/day\")", 1),
            policy("Policy(Free = \"1/day\")", 1),
            policy("Policy(Free = \"1/day\"), Policy(One = \"1/day\")", 1),
            policy("Policy(Plus (yearly) = \"1/day\")", 1),
            policy("Policy(Free = \"1/day\"), Policy(Standard = \"2/day\")", 2),
            policy("Policy(Free = \"3/day\")", 1),
        ]
    );
    let quota = |quota: Option<tiergate::Limits>| format!("{quota:?}");
    assert_eq!(
        quota(Api::quota()),
        "Some([Policy(Free = \"100/day\"), Policy(Plus (yearly) = \"60/minute; 5000/day\"), Policy(One = \"unlimited\")])"
    );
    assert_eq!(quota(Everything::quota()), "Some([Policy(Free = \"100/day\")])");
    assert_eq!(quota(WithoutQuota::quota()), "None");
    assert_eq!(WithoutQuota::ENDPOINTS[0].cost(), 1000);
    let _: axum::Router = Api::router();
}
