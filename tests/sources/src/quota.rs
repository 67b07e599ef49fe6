//! A catalogue with limits, for the tests of quotas.

use crate::Tier;
use tiergate::__private::{DerivedCatalogue, LimitsRecord, PolicyRecord, Record, WindowRecord};
use tiergate::{Catalogue, Endpoint, requires_tier};

#[requires_tier(Free, get = "/limited")]
fn limited() {}

#[requires_tier(Free, get = "/costly")]
fn costly() {}

#[requires_tier(Free, get = "/free-of-charge")]
fn free_of_charge() {}

#[requires_tier(Free, get = "/plain")]
fn plain() {}

#[derive(tiergate::Catalogue)]
#[catalogue(tier = Tier, handlers(limited, costly, free_of_charge, plain))]
struct Handlers;

/// Free: 10/minute. Plus: 20/minute. Pro: unlimited. Costs 1.
pub const LIMITED: Endpoint = Endpoint(&LIMITED_RECORD);
/// Costs 5 units of the catalogue's quota.
pub const COSTLY: Endpoint = Endpoint(&COSTLY_RECORD);
/// Costs nothing.
pub const FREE_OF_CHARGE: Endpoint = Endpoint(&FREE_RECORD);
/// Costs 1.
pub const PLAIN: Endpoint = Handlers::ENDPOINTS[3];

static LIMITED_RECORD: Record = with_limits(
    Handlers::ENDPOINTS[0],
    &LimitsRecord {
        policies: &[
            policy(0, &[window(10, 60)]),
            policy(3, &[window(20, 60)]),
            UNLIMITED,
        ],
        cost: 1,
    },
);

static COSTLY_RECORD: Record = with_limits(
    Handlers::ENDPOINTS[1],
    &LimitsRecord {
        policies: &[],
        cost: 5,
    },
);

static FREE_RECORD: Record = with_limits(
    Handlers::ENDPOINTS[2],
    &LimitsRecord {
        policies: &[],
        cost: 0,
    },
);

const UNLIMITED: PolicyRecord = PolicyRecord {
    windows: &[],
    rank: 4,
    unlimited: true,
};

const fn with_limits(endpoint: Endpoint, limits: &'static LimitsRecord) -> Record {
    Record {
        limits: Some(limits),
        ..*endpoint.0
    }
}

const fn policy(rank: u32, windows: &'static [WindowRecord]) -> PolicyRecord {
    PolicyRecord {
        windows,
        rank,
        unlimited: false,
    }
}

const fn window(amount: u32, seconds: u32) -> WindowRecord {
    WindowRecord { amount, seconds }
}

/// A catalogue with the quota Free: 100/day, Plus: 50/minute and 400/day, Pro: unlimited.
pub struct Api;

impl DerivedCatalogue for Api {}

impl Catalogue for Api {
    type Tier = Tier;

    const __QUOTA: &'static [PolicyRecord] = &[
        policy(0, &[window(100, 86_400)]),
        policy(3, &[window(50, 60), window(400, 86_400)]),
        UNLIMITED,
    ];

    fn endpoints() -> &'static [Endpoint] {
        &[LIMITED, COSTLY, FREE_OF_CHARGE, PLAIN]
    }
}

/// A catalogue in which every caller has 40 calls per second.
pub struct PerSecond;

impl DerivedCatalogue for PerSecond {}

impl Catalogue for PerSecond {
    type Tier = Tier;

    const __QUOTA: &'static [PolicyRecord] = &[policy(0, &[window(40, 1)])];

    fn endpoints() -> &'static [Endpoint] {
        &[PLAIN]
    }
}

/// A catalogue in which every caller has 500 calls per minute.
pub struct PerMinute;

impl DerivedCatalogue for PerMinute {}

impl Catalogue for PerMinute {
    type Tier = Tier;

    const __QUOTA: &'static [PolicyRecord] = &[policy(0, &[window(500, 60)])];

    fn endpoints() -> &'static [Endpoint] {
        &[PLAIN]
    }
}

/// A catalogue without a quota.
pub struct WithoutQuota;

impl DerivedCatalogue for WithoutQuota {}

impl Catalogue for WithoutQuota {
    type Tier = Tier;

    fn endpoints() -> &'static [Endpoint] {
        &[PLAIN]
    }
}
