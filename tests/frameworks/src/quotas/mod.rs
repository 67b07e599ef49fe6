//! What `Quotas` promise in every framework and behind the tower layer.
//!
//! | form | layers, from the outside in |
//! | --- | --- |
//! | [`Form::Layered`] | `Quotas` in memory, authentication |
//! | [`Form::Bare`] | authentication |
//! | [`Form::Replaced`] | `on_refusal` with [`REPLACED`](crate::REPLACED), `Quotas` in memory that trust the proxies `127.0.0.0/8` and send the older headers too, authentication |
//! | [`Form::Program`] | `Quotas` in Redis if it may be started, and otherwise in memory; a `TierLayer` with overrides |
//!
//! Authentication inserts [`callers::caller_with`] for the header [`TIER`]. The program passes
//! on the address of the connection. Its catalogue has the quota `5/hour`, the endpoints of
//! [`quota_endpoints!`](crate::quota_endpoints), and these:
//!
//! | endpoint | attribute | handler |
//! | --- | --- | --- |
//! | `GET /health` | public | returns `ok` |
//! | `POST /import` | `Free, limit = "1/hour", cost = 0` | parses the body as JSON, and returns `ok` or fails with 400 |
//! | `GET /ask` | `Free, limit = "9/hour", cost = 0, guard = pass` | requires the tier Pro with `pass.require(Tier::Pro)?` |
//! | `GET /broken` | `Free, limit = "9/hour", cost = 0` | fails with an error whose status is 418 |
//! | `GET /twice` | `Free, limit = "9/hour", cost = 0` | has the guard of `gated` in a later parameter, and returns `ok` |
//!
//! The tower layer can't see what a handler requires, so its program needs neither `ask`, `broken` nor
//! `twice`.

pub mod callers;
pub mod cases;
pub mod guarded;
pub mod headers;
pub mod looked_up;
#[cfg(feature = "redis")]
pub mod redis_server;

use crate::{Form, TIER, Tier};
use std::time::{Duration, SystemTime};
use tiergate::source::Credential;
use tiergate::{Catalogue, Override, Overrides, Quotas, TierLayer};

/// Calls a macro with every endpoint: its name, its path, and the attribute without the route. Each
/// handler returns `ok`.
#[macro_export]
macro_rules! quota_endpoints {
    ($with:ident) => {
        $with! {
            limited "/limited" requires_tier(Free, limit = "3/hour", cost = 0);
            by_tier "/by_tier" requires_tier(Free, limit(Free = "1/hour", Plus = "2/hour", Pro = "unlimited"), cost = 0);
            gated "/gated" requires_tier(Plus, limit = "2/hour", cost = 0);
            unlimited "/unlimited" requires_tier(Free, cost = 0);
            one "/one" requires_tier(Free);
            another "/another" requires_tier(Free, cost = 2);
        }
    };
}

/// Returns the quotas of a program in this form, or `None` for a form without them.
///
/// # Panics
/// If a server doesn't start.
pub fn quotas<C: Catalogue>(form: Form) -> Option<Quotas> {
    match form {
        Form::Bare => None,
        Form::Layered => Some(Quotas::local::<C>()),
        Form::Replaced => {
            let quotas = Quotas::local::<C>().trusted_proxies(["127.0.0.0/8"]);
            Some(quotas.expect("a network").legacy_headers())
        }
        Form::Program => Some(shared::<C>()),
    }
}

/// Returns quotas in Redis, if it may be started, and otherwise quotas in memory.
fn shared<C: Catalogue>() -> Quotas {
    #[cfg(feature = "redis")]
    if let Some(client) = redis_server::client() {
        // Each program has its own counters.
        let prefix = std::any::type_name::<C>().to_owned();
        return Quotas::redis::<C>(client)
            .key_prefix(prefix)
            .timeout(Duration::from_secs(10))
            .on_outage(tiergate::quota::OnOutage::Deny);
    }
    Quotas::local::<C>()
}

/// Returns the tier layer of a program in this form, or `None` for a form without one. A program has
/// either this layer or authentication. `module` is the module that contains the program's handlers.
///
/// The overrides of the layer raise the limit of `customer-7` at `limited` to `5/hour`.
///
/// # Panics
/// If the endpoint is missing.
pub fn tiers<C: Catalogue<Tier = Tier>>(form: Form, module: &str) -> Option<TierLayer<Tier>> {
    if form != Form::Program {
        return None;
    }
    let mut endpoints = C::endpoints().iter();
    let limited =
        endpoints.find(|endpoint| endpoint.module() == module && endpoint.name() == "limited");
    let limited = *limited.expect("an endpoint");
    let overrides = Overrides::of::<C>();
    let tomorrow = SystemTime::now() + Duration::from_hours(24);
    let raise = Override::limit("customer-7", limited, "5/hour").until(tomorrow);
    let raise = raise.by("support").because("a migration");
    overrides.replace(1, [raise]).expect("valid overrides");
    let tiers = TierLayer::new(callers::Source).credential(Credential::header(TIER));
    Some(tiers.anonymous(Tier::Free).overrides(&overrides))
}
