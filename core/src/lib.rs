#![doc = include_str!("../docs/crate.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

/// Expands to the first block on targets where `linkme` can collect the registry. On all other targets,
/// such as WebAssembly, this macro expands to the second block.
#[allow(unused_macros)] // The next definition replaces this one.
macro_rules! if_linked {
    ({ $($linked:tt)* } else { $($other:tt)* }) => { $($other)* };
}

/// This definition is for the targets that `linkme` supports.
#[cfg(all(
    not(tiergate_no_registry),
    any(
        target_os = "none",
        target_os = "linux",
        target_os = "macos",
        target_os = "ios",
        target_os = "tvos",
        target_os = "android",
        target_os = "fuchsia",
        target_os = "illumos",
        target_os = "freebsd",
        target_os = "openbsd",
        target_os = "netbsd",
        target_os = "psp",
        target_os = "uefi",
        target_os = "windows",
    )
))]
macro_rules! if_linked {
    ({ $($linked:tt)* } else { $($other:tt)* }) => { $($linked)* };
}

mod access;
mod catalogue;
mod endpoint;
mod export;
mod frameworks;
mod route;
pub mod snapshot;
mod testing;
mod tier;

#[cfg(feature = "cli")]
#[cfg_attr(docsrs, doc(cfg(feature = "cli")))]
pub mod cli;
#[cfg(any(feature = "redis", feature = "sqlx", feature = "toml"))]
#[cfg_attr(
    docsrs,
    doc(cfg(any(feature = "redis", feature = "sqlx", feature = "toml")))
)]
pub mod overrides;
#[cfg(feature = "quota")]
#[cfg_attr(docsrs, doc(cfg(feature = "quota")))]
pub mod quota;
#[cfg(feature = "source")]
pub mod source;

#[cfg(feature = "html")]
#[cfg_attr(docsrs, doc(cfg(feature = "html")))]
pub use crate::export::html;
#[cfg(feature = "openapi")]
#[cfg_attr(docsrs, doc(cfg(feature = "openapi")))]
pub use crate::export::openapi;

#[cfg(feature = "actix-web")]
pub use crate::frameworks::actix_web;
#[cfg(feature = "axum")]
pub use crate::frameworks::axum;
#[cfg(feature = "poem")]
pub use crate::frameworks::poem;
#[cfg(feature = "rocket")]
pub use crate::frameworks::rocket;
#[cfg(feature = "salvo")]
pub use crate::frameworks::salvo;
#[cfg(feature = "tonic")]
pub use crate::frameworks::tonic;
#[cfg(feature = "tower")]
pub use crate::frameworks::tower;

#[cfg(feature = "coverage")]
#[cfg_attr(docsrs, doc(cfg(feature = "coverage")))]
pub use crate::testing::coverage;

#[cfg(any(doc, doctest))]
pub mod guide;

/// Compiles the examples in the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[doc(hidden)]
pub mod __private;

pub use crate::access::caller::Caller;
pub use crate::access::cleared::{Cleared, Event, FanOut};
pub use crate::access::decision::Decision;
#[cfg(feature = "_check")]
pub use crate::access::decision_sink::{DecisionFilter, DecisionSinkAlreadySet, set_decision_sink};
pub use crate::access::denied::{Denied, MissingFeature};
pub use crate::access::guard::Guard;
pub use crate::access::overrides::Overrides;
pub use crate::access::overrides::invalid::InvalidOverrides;
pub use crate::access::overrides::override_entry::{EndpointId, Override, OverrideKind};
pub use crate::access::policy_name::{PolicyName, ViolatedPolicies};
pub use crate::access::refusal::Refusal;
#[cfg(feature = "watch")]
pub use crate::access::watch::Watch;
#[cfg(feature = "watch")]
pub use crate::access::watch::socket::{CloseMessage, SocketError, WatchedSocket};
#[cfg(feature = "watch")]
pub use crate::access::watch::while_allowed::WhileAllowed;
pub use crate::catalogue::Catalogue;
pub use crate::catalogue::audit::{Audit, Finding};
pub use crate::endpoint::Endpoint;
pub use crate::endpoint::gated::Gated;
pub use crate::endpoint::limits::{Limit, Limits, Policy};
pub use crate::endpoint::need::{FeatureRule, Need};
pub use crate::endpoint::registry::registry;
#[cfg(any(feature = "axum", feature = "source", feature = "tower"))]
pub use crate::frameworks::overrides_service::OverridesService;
#[cfg(any(feature = "_extractor", feature = "tower"))]
pub use crate::frameworks::problem::Problem;
#[cfg(all(
    feature = "quota",
    any(feature = "axum", feature = "source", feature = "tower")
))]
pub use crate::frameworks::quotas_service::{QuotasFuture, QuotasService};
#[cfg(feature = "quota")]
pub use crate::quota::quotas::Quotas;
pub use crate::snapshot::Snapshot;
pub use crate::snapshot::diff::{Change, Diff, Effect, LimitChange};
#[cfg(feature = "source")]
pub use crate::source::TierSource;
#[cfg(feature = "cache")]
pub use crate::source::cache::Cached;
#[cfg(feature = "source")]
pub use crate::source::tier_layer::TierLayer;
pub use crate::tier::{Feature, FeatureSet, NoFeatures, Tier, UnknownTier};
pub use tiergate_macros::{Catalogue, Feature, Tier};

/// Declares a push event: a struct, or an enum with one event for each variant.
///
/// The derive implements the trait [`Event`](trait@Event), and adds each event to the [`registry`]. It also
/// adds `cleared_for`, `cleared_with`, `fan_out` and `fan_out_with` to the type itself, so you don't have to
/// import the trait. The type may have generic parameters, and it may borrow its data.
///
/// The options have the same meaning as in [`#[requires_tier(…)]`](macro@requires_tier). An event has no
/// route, no limits and no cost, and it can't be public. If everybody may receive an event, require the lowest
/// tier.
///
/// # Options
/// Write the options in `#[event(…)]` on the struct or on each variant.
///
/// | option | meaning |
/// | --- | --- |
/// | `Plus`, `Plan::Gold` | the lowest tier that receives the event |
/// | `feature = Radio`, `feature = Feature::Radio` | an add-on that recipients also need; without a tier, they need only the add-on |
/// | `or_feature = Radio` | an add-on that recipients may have instead of the tier |
/// | `until_version(3, Plus)` | a lower tier, which is enough for recipients whose plan version is below 3; can be repeated with higher versions |
/// | `enforced = Free` | a lower tier, which is enough for now; recipients who have only this tier are reported |
/// | `tier = Plan` | the path of the tier enum, for an event that requires only an add-on; the default is `Tier` |
/// | `name = "EVENT_UNIT_STATUS"` | the event's name; the default is the name of the struct or variant |
/// | `trait_only` | implements the trait without the additional methods; on the struct or enum |
/// | `crate = path` | the path of the `tiergate` crate, if the crate is renamed or re-exported; on the struct or enum |
///
/// A requirement on an enum applies to every variant that has no requirement. All variants of an enum must
/// require tiers of the same tier enum, and their names must differ.
///
/// The first paragraph of the documentation of the struct or variant is the event's summary. `#[deprecated]`
/// events are marked in every exported document. Give an event and its tier enum the same visibility.
/// Otherwise, the event fails to compile with error E0446.
///
/// # Example
/// ```
/// use tiergate::{Caller, Catalogue, Cleared};
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus, Pro }
///
/// /// A unit has a new status.
/// #[derive(tiergate::Event)]
/// #[event(Plus, name = "EVENT_UNIT_STATUS")]
/// struct UnitStatus<'a> { unit: &'a str, status: u8 }
///
/// #[derive(tiergate::Event)]
/// #[event(Plus)]
/// enum RadioEvent {
///     /// A user joined a channel.
///     Joined { user: u64 },
///     /// A user pressed the panic button.
///     #[event(Pro, name = "EVENT_PANIC")]
///     Panic { user: u64 },
/// }
///
/// #[derive(Catalogue)]
/// #[catalogue(tier = Tier, events(UnitStatus<'_>, RadioEvent))]
/// struct Api;
///
/// fn send(event: &Cleared<RadioEvent>) -> String {
///     format!("{} for {}", event.name(), event.caller_id().unwrap_or("?"))
/// }
///
/// let names: Vec<_> = Api::EVENTS.iter().map(|event| event.name()).collect();
/// assert_eq!(names, ["EVENT_UNIT_STATUS", "Joined", "EVENT_PANIC"]);
/// assert_eq!(Api::EVENTS[2].required_tier(), Some("Pro"));
///
/// let caller = Caller::new(Tier::Plus).with_id("community-7");
/// let joined = RadioEvent::Joined { user: 1 }.cleared_for(&caller)?;
/// assert_eq!(send(&joined), "Joined for community-7");
/// assert!(RadioEvent::Panic { user: 1 }.cleared_for(&caller).is_err());
/// # let event = UnitStatus { unit: "1-A-12", status: 2 }.cleared_for(&caller)?;
/// # assert_eq!((event.unit, event.status), ("1-A-12", 2));
/// # for event in [RadioEvent::Joined { user: 1 }, RadioEvent::Panic { user: 1 }] {
/// #     let (RadioEvent::Joined { user } | RadioEvent::Panic { user }) = event;
/// #     assert_eq!(user, 1);
/// # }
/// # Ok::<(), tiergate::Denied>(())
/// ```
///
/// Sending an event without a check is a compile error:
///
/// ```compile_fail,E0308
/// # #[derive(Clone, Copy, tiergate::Tier)]
/// # enum Tier { Free, Plus }
/// #[derive(tiergate::Event)]
/// #[event(Plus)]
/// struct UnitStatus(u8);
///
/// fn send(event: tiergate::Cleared<UnitStatus>) {}
///
/// send(UnitStatus(2));
/// ```
#[doc(inline)]
pub use tiergate_macros::Event;

/// Sets the lowest tier that may call a function, which is usually an endpoint's handler.
///
/// The attribute makes a [`Guard`] the function's first parameter. Only a tier check can create a guard.
/// The attribute also adds a line about the tier and the limits to the function's documentation, and
/// registers the function in the [`registry`]. The function's body stays unchanged.
///
/// A single name such as `Plus` is short for `Tier::Plus`, where `Tier` is the enum in the handler's
/// scope. A path such as `Plan::Gold` is used unchanged. To let everybody call a handler, write
/// `public = "reason"` instead of a tier. A public handler gets no guard, but it still appears in the
/// catalogue.
///
/// # Options
/// | option | meaning |
/// | --- | --- |
/// | `Plus`, `Plan::Gold` | the lowest tier that may call the handler |
/// | `feature = Radio`, `feature = Feature::Radio` | an add-on that callers also need |
/// | `or_feature = Radio` | an add-on that callers may have instead of the tier |
/// | `until_version(3, Plus)` | a lower tier, which is enough for callers whose plan version is below 3; can be repeated with higher versions |
/// | `enforced = Free` | a lower tier, which is enough for now; callers who have only this tier are reported |
/// | `limit = "60/minute; 5000/day"` | how often each caller may call the handler |
/// | `limit(Standard = "10/minute", Plus = "60/minute")` | the same by tier |
/// | `cost = 20` | the units that a call uses of the quota of the [catalogue](macro@Catalogue); the default is 1, and 0 is free |
/// | `public = "reason"` | replaces the tier: everybody may call the handler, for this reason |
/// | `get`, `post`, `put`, `patch`, `delete`, `head`, `options`, `connect` `= "/path/{param}"` | the HTTP method and the path; at most one method for each handler |
/// | `any = "/ws"` | a route for all HTTP methods that have no other handler on the same path, such as a `WebSocket` route |
/// | `prefix = "/v1"` | the path of the scope or base where the handler is mounted; the attribute puts it in front of the route macro's path |
/// | `name = "…"` | the endpoint's name; the default is the function's name |
/// | `guard = pass` | a name for the guard parameter, so that the body can use the guard |
/// | `crate = path` | the path of the `tiergate` crate, if the crate is renamed or re-exported |
///
/// The tier enum names its add-ons with [`#[tier(features = Feature)]`](macro@Tier). A single name such as
/// `Radio` is a variant of that enum. The tiers in `until_version` and `enforced` must be below the required
/// tier, and belong to the same enum. To require only an add-on, use
/// [`#[requires_feature(…)]`](macro@requires_feature).
///
/// A route starts with `/`. `{param}` matches a whole segment or the end of a segment (`/@{user}`).
/// `{*rest}` matches one or more segments and must come last. All other segments are literals, which are
/// case-sensitive. Write literals as clients send them. Percent-encode literals only where necessary,
/// with upper-case digits as in `%C3%A9`.
///
/// # Limits
/// `limit` and `cost` need the feature `quota`, and a [`Quotas`] layer that counts the calls. A limit consists
/// of an amount and a unit: `second`, `minute`, `hour`, `day` or `month`. Separate several limits with
/// semicolons; all of them apply. `"unlimited"` means that there is no limit.
///
/// In a list by tier, an entry applies to its tier and to all higher tiers, up to the next entry. Write the
/// lowest tier first. The list must start with the lowest tier whose callers may call the handler. This is the
/// required tier, unless `until_version` or `enforced` names a lower tier. With `or_feature`, it is the lowest
/// tier of the enum. A higher tier must get at least as much as a lower tier, in each window of the lower tier. If
/// the two have no window in common, or if the lower tier has a limit per day or per month, the higher tier must
/// also get at least as much in a month. The compiler checks all of these rules. A public handler can't have a
/// limit, because nothing identifies its callers.
///
/// ```
/// use tiergate::{Catalogue, requires_tier};
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Standard, Plus, One }
///
/// #[requires_tier(Standard, get = "/search", limit(Standard = "10/minute", Plus = "60/minute"))]
/// fn search() {}
///
/// #[requires_tier(Plus, get = "/report", limit = "1/second; 500/day", cost = 20)]
/// fn report() {}
///
/// #[derive(Catalogue)]
/// #[catalogue(tier = Tier, handlers(search, report), quota(Standard = "100/day", Plus = "5000/day"))]
/// struct Api;
///
/// let [search, report] = [Api::ENDPOINTS[0], Api::ENDPOINTS[1]];
/// let limits = search.limits().unwrap();
/// assert_eq!(limits.of_rank(Tier::One.rank()).unwrap().to_string(), "60/minute");
/// assert_eq!((search.cost(), report.cost()), (1, 20));
/// ```
///
/// # Where it can be used
/// The attribute accepts sync and async functions of any visibility, with generics, `impl Trait`
/// arguments and patterns. The functions may be inside other functions or inside `macro_rules!`.
///
/// Some attribute macros generate a call to the handler: actix-web's and rocket's route macros
/// (`#[get]`), poem's and salvo's `#[handler]`, and `#[axum::debug_handler]`. Put `#[requires_tier]`
/// above these macros. In the other order, most of these macros generate a call without the guard, which
/// is a compile error. With actix-web's route macros, the code compiles, but the route is missing from
/// the catalogue. The order of other attributes doesn't matter.
///
/// A function in an `impl` block, with or without `self`, needs [`#[gated]`](macro@gated) on the block.
/// A `const fn` or an `extern fn` can't be gated, and the compile error suggests an alternative.
///
/// In rocket and actix-web, a route macro below the attribute, such as `#[get("/units/<id>")]`, provides
/// the endpoint's HTTP method and path. A route in `#[requires_tier]` overrides them. The route macro
/// doesn't know the prefix that the handler is mounted under. Add `prefix = "/v1"` if the handler belongs
/// to actix-web's `web::scope("/v1")` or is mounted at the base `/v1` in rocket.
///
/// `handlers(…)` can't list a public handler that is defined inside a function body. The list refers to
/// public handlers by their module path, and a function body has no module path. Move the handler and the
/// catalogue into a module, or use a catalogue without a `handlers(…)` list.
///
/// `#[deprecated]` works on a handler as it does on any function. The endpoint also appears as
/// deprecated in every exported document. Listing a deprecated handler in a catalogue causes no warning.
///
/// Give a handler and its tier enum the same visibility. A `pub` handler with a private tier enum fails
/// to compile with error E0446.
///
/// # Example
/// ```
/// use tiergate::{Denied, Guard, requires_tier};
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus, Pro }
///
/// /// Exports the calls of a server.
/// #[requires_tier(Plus, get = "/servers/{id}/calls", guard = pass)]
/// async fn export(id: u32, with_notes: bool) -> Result<String, Denied> {
///     if with_notes {
///         pass.require(Tier::Pro)?;
///     }
///     Ok(format!("calls of server {id}"))
/// }
///
/// #[requires_tier(public = "health checks have no account", get = "/health")]
/// async fn health() -> &'static str {
///     "ok"
/// }
///
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// assert_eq!(export(Guard::check(Tier::Plus)?, 7, false).await?, "calls of server 7");
/// assert!(export(Guard::check(Tier::Plus)?, 7, true).await.is_err());
/// assert_eq!(health().await, "ok");
/// # Ok::<(), Denied>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Calling the handler without a check is a compile error:
///
/// ```compile_fail,E0061
/// # use tiergate::requires_tier;
/// # #[derive(Clone, Copy, tiergate::Tier)]
/// # enum Tier { Free, Plus }
/// #[requires_tier(Plus)]
/// fn export() {}
///
/// export();
/// ```
#[doc(inline)]
pub use tiergate_macros::requires_tier;

/// Requires an add-on of the callers of a function, whatever their tier is.
///
/// The attribute works like [`#[requires_tier(…)]`](macro@requires_tier) and can be used in the same
/// places. To require a tier and an add-on, write `#[requires_tier(Plus, feature = Radio)]`.
///
/// A single name such as `Radio` is a variant of the feature enum that the tier enum names with
/// [`#[tier(features = Feature)]`](macro@Tier). A path such as `Feature::Radio` is used unchanged, and must
/// name a variant of the same enum.
///
/// # Options
/// | option | meaning |
/// | --- | --- |
/// | `Radio`, `Feature::Radio` | the add-on that callers need |
/// | `tier = Plan` | the path of the tier enum; the default is `Tier` in the handler's scope |
/// | `get`, `post`, … `= "/path/{param}"`, `prefix`, `name`, `limit`, `cost`, `guard`, `crate` | as in [`#[requires_tier(…)]`](macro@requires_tier) |
///
/// A `limit` by tier must start with the lowest tier of the enum, because callers of every tier can have the
/// add-on.
///
/// # Example
/// ```
/// use tiergate::{Catalogue, FeatureRule, requires_feature};
///
/// #[derive(Clone, Copy, tiergate::Feature)]
/// enum Feature { Radio, BodyCam }
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// #[tier(features = Feature)]
/// enum Tier { Free, Plus }
///
/// /// Transmits a text.
/// #[requires_feature(Radio, post = "/radio")]
/// async fn transmit(text: String) {}
///
/// #[derive(Catalogue)]
/// #[catalogue(tier = Tier, handlers(transmit))]
/// struct Api;
///
/// let endpoint = Api::find("POST", "/radio").unwrap();
/// assert_eq!(endpoint.required_tier(), None);
/// let need = endpoint.need().unwrap();
/// assert_eq!((need.feature_rule(), need.feature_key()), (FeatureRule::FeatureOnly, Some("radio")));
/// ```
#[doc(inline)]
pub use tiergate_macros::requires_feature;

/// Allows [`#[requires_tier(…)]`](macro@requires_tier) and
/// [`#[requires_feature(…)]`](macro@requires_feature) on the functions in an `impl` block, with or
/// without `self`.
///
/// The guard becomes the first parameter after `self`. Put `#[gated]` above the other attributes of the
/// block, such as poem-openapi's `#[OpenApi]`. A poem-openapi endpoint takes its HTTP method and path
/// from `#[oai(path = "/dispatch", method = "post")]`. If `#[OpenApi]` has a `prefix_path`, this prefix
/// is put in front of the path. The prefix must be a string literal.
///
/// The block's type must have a name. A trait implementation can't be gated, because the trait fixes the
/// parameters of its methods and leaves no room for a guard.
///
/// To list a gated function in a catalogue's `handlers(…)`, write its type and its name:
/// `Dispatch::new_call`. For a function with `public = "…"`, also write the path of the module that
/// contains the block: `module::Dispatch::health`. An imported type name doesn't work for these
/// functions.
///
/// ```
/// use tiergate::{Catalogue, Denied, Guard, requires_tier};
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// struct Dispatch {
///     calls: Vec<String>,
/// }
///
/// #[tiergate::gated]
/// impl Dispatch {
///     fn empty() -> Self {
///         Self { calls: Vec::new() }
///     }
///
///     /// Creates a dispatch call.
///     #[requires_tier(Plus, post = "/dispatch")]
///     fn new_call(&mut self, text: &str) -> usize {
///         self.calls.push(text.to_owned());
///         self.calls.len()
///     }
///
///     #[requires_tier(public = "health checks have no account", get = "/health")]
///     fn health(&self) -> &'static str {
///         "ok"
///     }
/// }
///
/// #[derive(Catalogue)]
/// #[catalogue(tier = Tier, handlers(Dispatch::new_call, Dispatch::health))]
/// struct Api;
///
/// fn main() -> Result<(), Denied> {
///     let mut dispatch = Dispatch::empty();
///     assert_eq!(dispatch.new_call(Guard::check(Tier::Plus)?, "help"), 1);
///     assert_eq!(Api::find("POST", "/dispatch").unwrap().name(), "new_call");
///     assert_eq!(Api::find("GET", "/health").unwrap().required_tier(), None);
///     Ok(())
/// }
/// ```
#[doc(inline)]
pub use tiergate_macros::gated;
