//! The trait that all catalogues implement.

pub(crate) mod audit;
pub(crate) mod constrained_routes;
pub(crate) mod from_registry;
pub(crate) mod listed;
pub(crate) mod missing_features;
pub(crate) mod overrides_of;
pub(crate) mod quota_checks;
pub(crate) mod snapshot_of;

use self::audit::Audit;
use self::constrained_routes::is_certain;
use crate::access::caller::Caller;
use crate::access::decision::decide::{Facts, Identification, Rules, decide};
#[cfg(feature = "html")]
use crate::access::overrides::Overrides;
use crate::endpoint::Endpoint;
use crate::endpoint::limits::Limits;
use crate::endpoint::need::Need;
use crate::endpoint::record::PolicyRecord;
use crate::route::index::Routes;
use crate::route::method::Method;
use crate::snapshot::{Snapshot, lock};
use crate::tier::Tier;
use std::path::Path;
use std::time::SystemTime;

/// A set of endpoints. Documentation, client libraries and audits are based on a catalogue.
///
/// `#[derive(Catalogue)]` implements this trait in one of two ways:
///
/// - With at least one of `handlers(…)`, `events(…)` and `include(…)`, the catalogue contains the listed
///   handlers and [events](macro@crate::Event). The lists are known at compile time, and the derive adds
///   the constants `ENDPOINTS` and `EVENTS` to the type. Listing a function without an annotation, two
///   handlers with the same HTTP method and path, or two events with the same name, is a compile error.
///   With the `axum` feature, the derive adds `router()`. With the `actix-web` feature, the derive adds
///   `configure`.
/// - Without a list, the catalogue contains every linked handler that is public or requires a tier of
///   this enum, and every linked event that requires a tier of this enum. They are ordered by module, file
///   and line. Use this form if you don't want a list, or if route macros turn your handlers into structs.
///
/// # Options
/// | option | meaning |
/// | --- | --- |
/// | `tier = Tier` | the tier enum |
/// | `handlers(a, module::b, c::<Db>)` | the paths of the handlers; a generic handler needs its types |
/// | `events(A, module::B<'_>, C<Db>)` | the types of the events; a generic type needs its parameters |
/// | `include(Other, …)` | other listed catalogues, whose endpoints and events follow those of this catalogue |
/// | `state = AppState` | the handlers' state, for `router()` |
/// | `quota(Free = "100/day", Plus = "60/minute; 5000/day")` | the quota of each caller for all endpoints together, by tier |
/// | `quota = "100/day"` | the same for every tier |
/// | `crate = path` | the path of `tiergate`, if it was renamed or re-exported |
///
/// Two kinds of handlers need care in a list:
///
/// - A handler with an `impl Trait` argument can't be listed, because the compiler can't infer the
///   argument's type. Use a named type parameter, and list `handler::<Type>`.
/// - A public handler (`public = "…"`) has no guard that identifies the handler. List such a handler by
///   the path of the module that defines it: `module::handler` or `module::Type::handler`. An import or a
///   re-export of the handler doesn't work.
///
/// # Quotas
/// A quota needs the feature `quota`. [`#[requires_tier(…)]`](macro@crate::requires_tier) documents the
/// syntax. The list by tier must start with the lowest tier of the enum. A call uses one unit, or the number
/// of units in the handler's `cost` option. If the catalogue has a list, a cost above a tier's quota for any
/// window is a compile error. Otherwise, [`audit`](Self::audit) reports such a cost. Calls to public endpoints
/// don't count towards the quota.
///
/// A quota also applies to the endpoints of included catalogues. An included catalogue can't have a quota,
/// because callers would have two quotas. Move its quota to the catalogue that includes it.
///
/// ```
/// use tiergate::{Catalogue, requires_tier};
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// #[requires_tier(Free, get = "/units")]
/// fn units() {}
///
/// #[requires_tier(Plus, get = "/report", cost = 20)]
/// fn report() {}
///
/// #[derive(Catalogue)]
/// #[catalogue(
///     tier = Tier,
///     handlers(units, report),
///     quota(Free = "100/day", Plus = "60/minute; 5000/day"),
/// )]
/// struct Api;
///
/// let quota = Api::quota().unwrap();
/// assert_eq!(quota.of_rank(Tier::Plus.rank()).unwrap().to_string(), "60/minute; 5000/day");
/// ```
///
/// # Example
/// ```
/// use tiergate::{Catalogue, requires_tier};
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// #[requires_tier(Free, get = "/units/{id}")]
/// fn unit() {}
///
/// #[requires_tier(Plus, get = "/units/active")]
/// fn active_units() {}
///
/// #[derive(Catalogue)]
/// #[catalogue(tier = Tier, handlers(unit, active_units))]
/// struct Api;
///
/// const _: () = assert!(Api::ENDPOINTS.len() == 2);
/// assert_eq!(Api::find("GET", "/units/7").map(|endpoint| endpoint.name()), Some("unit"));
/// assert_eq!(Api::available_to(Tier::Free).count(), 1);
/// Api::audit().assert_clean();
/// ```
///
/// The trait is sealed: only the derive implements it.
pub trait Catalogue: DerivedCatalogue {
    /// The tier enum.
    type Tier: Tier;

    /// The catalogue's quota by tier, lowest rank first. Empty if the catalogue has no quota.
    #[doc(hidden)]
    const __QUOTA: &'static [PolicyRecord] = &[];

    /// Returns the quota of each caller for all endpoints together, by tier: `quota(…)` in the catalogue's
    /// attribute. Returns `None` if the catalogue has no quota.
    fn quota() -> Option<Limits> {
        let limits = || Limits::new(Self::__QUOTA, Self::Tier::NAMES, Self::Tier::RANKS);
        (!Self::__QUOTA.is_empty()).then(limits)
    }

    /// Returns all of the catalogue's endpoints, in order.
    fn endpoints() -> &'static [Endpoint];

    /// Returns all of the catalogue's [events](crate::Event), in order: `events(…)` in the catalogue's
    /// attribute, then those of the included catalogues. A catalogue without a list contains every linked event
    /// that requires a tier of this enum.
    fn events() -> &'static [Endpoint] {
        &[]
    }

    /// Returns the endpoint that answers a request with this HTTP method and this URL path.
    ///
    /// Pass the path as it appears in the request, without the query. `{id}` matches one non-empty
    /// segment, and `{*rest}` matches one or more segments. Literals are compared in decoded form, so
    /// `%c3%b6`, `%C3%B6` and `ö` are equal. Matching is case-sensitive.
    ///
    /// As in axum, matching happens in two steps. The first step selects the most specific template
    /// that matches the path, and ignores the HTTP method. Templates are compared at the first segment
    /// in which they differ: a literal takes precedence over a parameter, and a parameter takes
    /// precedence over `{*rest}`. The second step selects one of the template's endpoints by the HTTP
    /// method. A `HEAD` request falls back to the `GET` endpoint, and any request falls back to the
    /// `any` endpoint. If the template has no suitable endpoint, the result is `None`, and a router
    /// responds with 405. For example, if only `POST /items/active` and `GET /items/{id}` exist, `GET
    /// /items/active` finds nothing.
    ///
    /// (axum's router also accepts an empty parameter that isn't the last segment. The router sends
    /// `/units//notes` to `/units/{id}/notes`, but `find` returns `None`.)
    ///
    /// `find` doesn't evaluate constraints, such as `{id:\d+}` and guards in actix-web, or `format` and
    /// `rank` in rocket. If constraints decide which of several endpoints answers a request, `find`
    /// returns `None`.
    fn find(method: &str, path: &str) -> Option<&'static Endpoint> {
        let endpoints = Self::endpoints();
        let endpoint = Self::__routes().find(endpoints, Method::of_request(method), path)?;
        is_certain(*endpoint, method, endpoints).then_some(endpoint)
    }

    /// Returns the index that `find` uses.
    #[doc(hidden)]
    fn __routes() -> Routes {
        Routes::NONE
    }

    /// Returns the endpoints that a caller with only this tier may call, in the catalogue's order.
    ///
    /// The caller has no add-ons and no plan version. The endpoints therefore include those that require
    /// this tier *or* an add-on, and don't include those that require an add-on. If a lower tier is
    /// enforced for now, that tier decides. Overrides are ignored. Use
    /// [`Decision::of`](crate::Decision::of) for a particular caller.
    fn available_to(tier: Self::Tier) -> impl Iterator<Item = &'static Endpoint> {
        let caller = Identification::Caller(Facts::of(&Caller::new(tier)));
        let is_allowed = move |need: Need| {
            // The caller has no end, so the time doesn't matter.
            let now = SystemTime::UNIX_EPOCH;
            decide(Some(&need), caller, Rules::default(), now)
                .result
                .is_ok()
        };
        Self::endpoints()
            .iter()
            .filter(move |endpoint| endpoint.need().is_none_or(is_allowed))
    }

    /// Returns the catalogue as a Markdown table with one row for each endpoint. If the catalogue has a quota
    /// or events, they follow in separate tables. The table of events has the columns *Event*, *Minimum tier*
    /// and *Summary*.
    ///
    /// Names and documentation are escaped, so they can't add a column, a link or an HTML element.
    /// (GitHub turns everything that looks like an e-mail address into a link, even if the text is
    /// escaped.)
    ///
    /// ```
    /// # use tiergate::{Catalogue, requires_tier};
    /// # #[derive(Clone, Copy, tiergate::Tier)]
    /// # enum Tier { Free, Plus }
    /// /// Lists the units | of a server.
    /// #[requires_tier(Plus, get = "/units")]
    /// fn units() {}
    ///
    /// #[derive(Catalogue)]
    /// #[catalogue(tier = Tier, handlers(units))]
    /// struct Api;
    ///
    /// assert_eq!(Api::markdown(), "\
    /// | Method | Path | Minimum tier | Summary |
    /// | --- | --- | --- | --- |
    /// | GET | `/units` | Plus | Lists the units \\| of a server. |
    /// ");
    /// ```
    ///
    /// If an endpoint has limits, the table has the column *Limits*. If the catalogue has a quota, a second
    /// table lists the quota of each tier, and the column *Cost* lists the units that a call uses, unless
    /// every call uses one unit.
    fn markdown() -> String {
        Snapshot::of::<Self>().to_markdown()
    }

    /// Returns the catalogue as comma-separated values (RFC 4180). The header contains the columns
    /// `method`, `path`, `required_tier`, `required_rank`, `public_reason`, `summary`, `name`, `module`,
    /// `required_feature`, `feature_rule` and `until_versions`. Missing values are empty.
    ///
    /// `required_feature` is the key of an add-on. `feature_rule` is `and` if the tier and the add-on are
    /// required, `or` if either of them suffices, and `only` if only the add-on is required.
    /// `until_versions` lists the lower tiers of customers with an older plan version: `3: Plus` means
    /// that customers with a plan version below 3 need only Plus.
    ///
    /// A catalogue with limits, costs or a quota has three more columns. `limits` lists the endpoint's own
    /// limits from each tier upwards. In `Free: 100/day; Plus: 60/minute and 5000/day`, both limits of Plus
    /// also apply to the tiers above it. `cost` is the number of units of the catalogue's quota that a call
    /// uses. `quota` lists this quota in the same form, or is empty if calls don't count towards it.
    ///
    /// If a spreadsheet could interpret a field as a formula, the field starts with an apostrophe. This
    /// affects fields that don't begin with a letter, a digit or harmless ASCII punctuation. Some
    /// programs start a new cell after a semicolon, a tab or a line break within a field. If a formula
    /// follows one of these characters, an apostrophe is inserted before the formula.
    ///
    /// ```
    /// # use tiergate::{Catalogue, requires_tier};
    /// # #[derive(Clone, Copy, tiergate::Tier)]
    /// # enum Tier { Free, Plus }
    /// /// Lists units, all of them.
    /// #[requires_tier(Plus, get = "/units")]
    /// fn units() {}
    /// # #[derive(Catalogue)]
    /// # #[catalogue(tier = Tier, handlers(units))]
    /// # struct Api;
    ///
    /// let row = "GET,/units,Plus,1,,\"Lists units, all of them.\",units,";
    /// assert!(Api::csv().lines().any(|line| line.starts_with(row)));
    /// ```
    fn csv() -> String {
        Snapshot::of::<Self>().to_csv()
    }

    /// Returns the catalogue's [events](crate::Event) as comma-separated values. They aren't in
    /// [`csv`](Self::csv), because programs that read it could mistake an event for an endpoint. The columns
    /// have the same names and contents as in `csv`: `name`, `required_tier`, `required_rank`, `summary`,
    /// `module`, `required_feature`, `feature_rule` and `until_versions`.
    ///
    /// ```
    /// # use tiergate::Catalogue;
    /// # #[derive(Clone, Copy, tiergate::Tier)]
    /// # enum Tier { Free, Plus }
    /// /// A unit has a new status.
    /// #[derive(tiergate::Event)]
    /// #[event(Plus, name = "EVENT_UNIT_STATUS")]
    /// struct UnitStatus(u8);
    /// # #[derive(Catalogue)]
    /// # #[catalogue(tier = Tier, events(UnitStatus))]
    /// # struct Api;
    ///
    /// let row = "EVENT_UNIT_STATUS,Plus,1,A unit has a new status.,";
    /// assert!(Api::events_csv().lines().any(|line| line.starts_with(row)));
    /// ```
    fn events_csv() -> String {
        Snapshot::of::<Self>().to_events_csv()
    }

    /// Returns the catalogue as a TypeScript module with the constants `tiers`, `features` and
    /// `endpoints`, their types, and the function `allows(caller, endpoint)`. The caller is a tier, or an
    /// object with the optional members `tier`, `features` and `planVersion`.
    ///
    /// An endpoint's key is its HTTP method and path. The TypeScript compiler checks each use of a key:
    ///
    /// ```ts
    /// import { allows, endpoints } from "./tiers";
    ///
    /// const caller = { tier: "Free", features: ["radio"], planVersion: 2 } as const;
    /// if (!allows(caller, "POST /emergency/close_call")) {
    ///   offerUpgrade(endpoints["POST /emergency/close_call"].requiredTier);
    /// }
    /// ```
    ///
    /// If the catalogue has limits, costs or a quota, each endpoint also has `limits` and `cost`. The module
    /// then also contains the constant `quota`, and the function `limitsOf(tier, limits)`, which returns the
    /// limits of a tier: `limitsOf("Plus", quota)`.
    ///
    /// If the catalogue has events, the module also has the constant `events`, whose keys are the names of the
    /// events, the union `EventName` of these names, and the function `allowsEvent(caller, event)`:
    ///
    /// ```ts
    /// import { allowsEvent, events, type EventName } from "./tiers";
    ///
    /// const required: "Plus" = events["EVENT_UNIT_STATUS"].requiredTier;
    /// const offered = (Object.keys(events) as EventName[]).filter((event) => allowsEvent("Free", event));
    /// ```
    ///
    /// The module contains the declared requirements of endpoints and events, even if a lower tier is
    /// enforced for now.
    fn typescript() -> String {
        Snapshot::of::<Self>().to_typescript()
    }

    /// Returns the catalogue as a JSON document. The document contains the format's `version`, the
    /// `tiers` (lowest tier first, each with its `name`, `rank` and `aliases`), the add-ons as
    /// `features` (each with its `key` and `name`), and the `endpoints` in the catalogue's order.
    ///
    /// An endpoint has `name`, `method`, `path`, `required_tier`, `required_rank`, `public_reason`,
    /// `summary` and `module`. Missing values are `null`. [`Snapshot::JSON_SCHEMA`] is the format's
    /// schema, and [`Snapshot::from_json`] reads the document. These members occur only in some
    /// endpoints:
    ///
    /// | member | value |
    /// | --- | --- |
    /// | `required_feature`, `feature_rule` | the add-on's key, and `and`, `or` or `only` |
    /// | `until_versions` | the lower tiers of customers with an older plan version |
    /// | `limits` | the endpoint's limits by tier, lowest tier first. Each has `tier`, `rank` and `windows`, and applies to higher tiers too, up to the next one. A window has an `amount`, a `unit` and the unit's length in `seconds`. Without windows, the tier is unlimited |
    /// | `cost` | the units of the catalogue's quota that a call uses, if it isn't 1 |
    /// | `enforced_tier`, `enforced_rank` | the tier that is enforced for now; to publish the document without it, use [`Snapshot::without_enforced_tiers`] |
    /// | `deprecated` | `true` if the handler is `#[deprecated]` |
    ///
    /// A catalogue with [events](crate::Event) also has the member `events`, in the catalogue's order. An
    /// event has `name`, `required_tier`, `required_rank`, `summary` and `module`. Some events also have
    /// `deprecated` and the members about add-ons, plan versions and enforced tiers.
    ///
    /// If the catalogue has a quota, the document has the member `quota`, in the same form as `limits`.
    #[cfg(feature = "json")]
    #[cfg_attr(docsrs, doc(cfg(feature = "json")))]
    fn json() -> String {
        Snapshot::of::<Self>().to_json()
    }

    /// Returns the catalogue as an HTML page for customers. The title is *API restrictions*. To choose
    /// another title or theme, use [`html::Page`](crate::html::Page).
    #[cfg(feature = "html")]
    #[cfg_attr(docsrs, doc(cfg(feature = "html")))]
    fn html() -> String {
        crate::export::html::Page::new(&Snapshot::of::<Self>()).render()
    }

    /// Returns the same page as [`html`](Self::html), with the overrides that are active now, such as
    /// *until 1 December 2026*. See [`html::Page::overrides`](crate::html::Page::overrides).
    #[cfg(feature = "html")]
    #[cfg_attr(docsrs, doc(cfg(feature = "html")))]
    fn html_with(overrides: &Overrides<Self::Tier>) -> String {
        let snapshot = Snapshot::of::<Self>();
        crate::export::html::Page::new(&snapshot)
            .overrides(overrides)
            .render()
    }

    /// Returns the catalogue as an OpenAPI 3.1 document, in utoipa's types. Events are webhooks.
    /// The webhooks don't describe their payloads. To add the schemas, use
    /// [`openapi::Export`](crate::openapi::Export). It can also render the document as JSON, and can add the
    /// tiers to another library's document.
    #[cfg(feature = "utoipa")]
    #[cfg_attr(docsrs, doc(cfg(feature = "utoipa")))]
    fn openapi() -> utoipa::openapi::OpenApi {
        crate::export::openapi::Export::new(&Snapshot::of::<Self>()).document()
    }

    // The functions below are placeholders for functions that need a feature or a list of handlers. Their
    // return types are generic, so using a returned value doesn't cause a second compile error. An
    // inherent function with the same name as a placeholder takes precedence over the placeholder.
    #[doc(hidden)]
    fn router<T>() -> T
    where
        Self: crate::catalogue::missing_features::Router,
    {
        Self::missing_feature()
    }

    #[doc(hidden)]
    fn configure<T>(_: &mut T)
    where
        Self: crate::catalogue::missing_features::Configure,
    {
        Self::missing_feature::<()>();
    }

    #[cfg(not(feature = "json"))]
    #[doc(hidden)]
    fn json<T>() -> T
    where
        Self: crate::catalogue::missing_features::Json,
    {
        Self::missing_feature()
    }

    #[cfg(not(feature = "html"))]
    #[doc(hidden)]
    fn html<T>() -> T
    where
        Self: crate::catalogue::missing_features::Html,
    {
        Self::missing_feature()
    }

    #[cfg(not(feature = "html"))]
    #[doc(hidden)]
    fn html_with<T, O>(_: O) -> T
    where
        Self: crate::catalogue::missing_features::Html,
    {
        Self::missing_feature()
    }

    #[cfg(not(feature = "utoipa"))]
    #[doc(hidden)]
    fn openapi<T>() -> T
    where
        Self: crate::catalogue::missing_features::OpenApi,
    {
        Self::missing_feature()
    }

    /// Audits this program's endpoints. See [`Audit`].
    fn audit() -> Audit {
        let listed = [Self::endpoints(), Self::events()].concat();
        Audit::of::<Self::Tier>(&listed, Self::__QUOTA)
    }

    /// Compares the catalogue with a lock file under version control. Call this in a test.
    ///
    /// An unintended tier change makes the test fail. Reviewers see an intended change in the lock file.
    ///
    /// A relative path, such as `tiers.lock`, is resolved against the folder of the test's package.
    /// `TIERGATE_UPDATE=1 cargo test` (or `=true`) writes the file. The file has one line for each tier, one
    /// for the quota, one for each endpoint with its limits, and one for each event, in sorted order. Public
    /// endpoints come first, each with the reason why it is public, so reviewers notice every new public
    /// endpoint. With `tiers.lock merge=union` in `.gitattributes`, git merges two branches that both add
    /// endpoints. If both branches change the same endpoint, git keeps both lines, and the test reports them.
    ///
    /// ```no_run
    /// # use tiergate::{Catalogue, requires_tier};
    /// # #[derive(Clone, Copy, tiergate::Tier)]
    /// # enum Tier { Free, Plus }
    /// # #[requires_tier(Plus, get = "/units")]
    /// # fn units() {}
    /// # #[derive(Catalogue)]
    /// # #[catalogue(tier = Tier, handlers(units))]
    /// # struct Api;
    /// # #[allow(unused)]
    /// #[test]
    /// fn tiers_are_as_agreed() {
    ///     Api::assert_locked("tiers.lock");
    /// }
    /// ```
    ///
    /// # Panics
    /// Panics with the [`Diff`](crate::Diff) if the file and the catalogue differ. Also panics if the
    /// file is missing, can't be read, or contradicts itself, and if the catalogue is empty or contains
    /// endpoints that a lock file can't distinguish.
    #[track_caller]
    fn assert_locked(path: impl AsRef<Path>) {
        if let Err(difference) = lock::check(&Snapshot::of::<Self>(), path.as_ref()) {
            panic!("{difference}");
        }
    }
}

/// The trait that `#[derive(Catalogue)]` implements. [`Catalogue`] requires this trait, so a manual
/// implementation of [`Catalogue`] doesn't compile.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a catalogue",
    label = "`#[derive(tiergate::Catalogue)]` is missing on this type",
    note = "derive the trait: `#[derive(tiergate::Catalogue)]` with `#[catalogue(tier = Tier, handlers(…))]`; it can't be implemented by hand"
)]
#[doc(hidden)]
pub trait DerivedCatalogue {}
