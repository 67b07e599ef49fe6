pub(crate) mod audit;
pub(crate) mod gated_method;
pub(crate) mod missing_features;
pub(crate) mod registered;
pub(crate) mod snapshot;
pub(crate) mod table;

use self::audit::Audit;
use crate::endpoint::Endpoint;
use crate::route::index::Routes;
use crate::route::method::Method;
use crate::snapshot::{Snapshot, lock};
use crate::tier::Tier;
use std::path::Path;

/// A chosen set of endpoints: what documentation, clients and audits read.
///
/// Implemented by `#[derive(Catalogue)]`, in one of two ways:
///
/// - With `handlers(…)`, `include(…)` or both, the catalogue is what is listed. It is known when
///   the program is compiled: the derive adds the constant `ENDPOINTS` to the type. A function that
///   was never annotated, or two handlers for one method and path, are compile errors. With the
///   feature `axum` the derive adds `router()`, and with `actix-web` `configure`.
/// - Without a list, the catalogue is every annotated handler of this tier enum that is linked into
///   the program, and every open one, ordered by module, file and line. This is for programs that
///   want no list, and for route macros that turn a handler into a struct.
///
/// # Options
/// | option | meaning |
/// | --- | --- |
/// | `tier = Tier` | the tier enum |
/// | `handlers(a, module::b, c::<Db>)` | the handlers, by their paths; a generic one with its types |
/// | `include(Other, …)` | other listed catalogues, behind the handlers |
/// | `state = AppState` | the state of the handlers, for `router()` |
/// | `crate = path` | where `tiergate` is, if it was renamed or re-exported |
///
/// Two kinds of handlers need care in a list. One with an `impl Trait` argument cannot be listed,
/// as nothing says which type is meant: name the type parameter and list `handler::<Type>`. An open
/// one (`public = "…"`) has no guard that could tell which handler it is, so it is listed by the
/// module it stands in, `module::handler` or `module::Type::handler`, and not by an import or a
/// re-export.
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
pub trait Catalogue {
    /// The tier enum.
    type Tier: Tier;

    /// Every endpoint of the catalogue, in its order.
    fn endpoints() -> &'static [Endpoint];

    /// Returns the endpoint that answers a request, given its method and the path of its URL.
    ///
    /// The path is matched as the request has it, without the query. `{id}` matches one segment that
    /// is not empty, `{*rest}` one or more. Literals are compared in decoded form, so that `%c3%b6`,
    /// `%C3%B6` and `ö` are equal. Upper and lower case differ.
    ///
    /// Matching happens in two steps, as in axum. First the path selects the most specific template
    /// that matches it, whatever its methods: the first segment in which two templates differ decides,
    /// a literal before a parameter before the rest. Then the method selects an endpoint of this
    /// template. A `HEAD` request falls back to the `GET` endpoint, and every request to the `any`
    /// endpoint. If the template has none of these, the result is `None`, and a router answers 405:
    /// where only `POST /items/active` and `GET /items/{id}` exist, `GET /items/active` finds nothing.
    ///
    /// (axum's router also accepts an empty parameter that isn't the last segment: it takes
    /// `/units//notes` for `/units/{id}/notes`, and `find` returns `None`.)
    ///
    /// `find` knows no constraints, such as `{id:\d+}` or a guard of actix-web, or `format` and `rank` of
    /// rocket. If they decide which of several endpoints answers, it returns `None`.
    fn find(method: &str, path: &str) -> Option<&'static Endpoint> {
        let endpoints = Self::endpoints();
        let found = Self::__routes().find(endpoints, Method::of_request(method), path)?;
        audit::is_certain(*found, method, endpoints).then_some(found)
    }

    /// By which `find` finds.
    #[doc(hidden)]
    fn __routes() -> Routes {
        Routes::NONE
    }

    /// The endpoints that a caller of this tier may call, in the catalogue's order.
    fn available_to(tier: Self::Tier) -> impl Iterator<Item = &'static Endpoint> {
        let rank = tier.rank();
        Self::endpoints()
            .iter()
            .filter(move |endpoint| endpoint.allows_rank(rank))
    }

    /// The catalogue as a Markdown table, one row for each endpoint.
    ///
    /// Whatever stands in a name or in the documentation is shown as text: none of it can make a
    /// column, a link or an element. (GitHub makes a link of what reads like an e-mail address, however
    /// it is escaped.)
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
    fn markdown() -> String {
        Snapshot::of::<Self>().to_markdown()
    }

    /// The catalogue as comma-separated values (RFC 4180), with a header: `method`, `path`,
    /// `required_tier`, `required_rank`, `public_reason`, `summary`, `name` and `module`. What an
    /// endpoint does not have is empty.
    ///
    /// An apostrophe goes in front of a field that a spreadsheet could take for a formula: of every
    /// field that does not begin with a letter, a digit or harmless ASCII punctuation. Within a field
    /// it goes in front of a formula behind a semicolon, a tab or a line break, where some programs
    /// begin a cell.
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

    /// The catalogue as a TypeScript module: the constants `tiers` and `endpoints`, their types, and
    /// `allows(tier, endpoint)`.
    ///
    /// An endpoint's key is its method and path, which the compiler checks wherever it is used:
    ///
    /// ```ts
    /// import { allows, endpoints } from "./tiers";
    ///
    /// if (!allows("Free", "POST /emergency/close_call")) {
    ///   offerUpgrade(endpoints["POST /emergency/close_call"].requiredTier);
    /// }
    /// ```
    fn typescript() -> String {
        Snapshot::of::<Self>().to_typescript()
    }

    /// The catalogue as a JSON document: `version` of the format, `tiers` with `name` and `rank`,
    /// lowest first, and `endpoints` in the catalogue's order.
    ///
    /// An endpoint has `name`, `method`, `path`, `required_tier`, `required_rank`,
    /// `public_reason`, `summary` and `module`; what it does not have is `null`. That of a
    /// `#[deprecated]` handler also has `"deprecated": true`.
    /// [`Snapshot::JSON_SCHEMA`] is the format's schema, and [`Snapshot::from_json`] reads it.
    #[cfg(feature = "json")]
    #[cfg_attr(docsrs, doc(cfg(feature = "json")))]
    fn json() -> String {
        Snapshot::of::<Self>().to_json()
    }

    /// The catalogue as a page for customers, *API restrictions*: see
    /// [`html::Page`](crate::html::Page), which also gives it another title or theme.
    #[cfg(feature = "html")]
    #[cfg_attr(docsrs, doc(cfg(feature = "html")))]
    fn html() -> String {
        crate::export::html::Page::new(&Snapshot::of::<Self>()).render()
    }

    /// The catalogue as an OpenAPI 3.1 document of its own, as the types of utoipa: see
    /// [`openapi::Export`](crate::openapi::Export), which also makes it as JSON, and writes the tiers
    /// into a document of any other library.
    #[cfg(feature = "utoipa")]
    #[cfg_attr(docsrs, doc(cfg(feature = "utoipa")))]
    fn openapi() -> utoipa::openapi::OpenApi {
        crate::export::openapi::Export::new(&Snapshot::of::<Self>()).document()
    }

    // In the place of what more features give. What they return is left open, so that nothing that is
    // done with it is a second error. A function of the same name that the user wrote goes before.
    #[doc(hidden)]
    fn router<T>() -> T
    where
        Self: crate::catalogue::missing_features::Router,
    {
        Self::give()
    }

    #[doc(hidden)]
    fn configure<T>(_: &mut T)
    where
        Self: crate::catalogue::missing_features::Configure,
    {
        Self::give::<()>();
    }

    #[cfg(not(feature = "json"))]
    #[doc(hidden)]
    fn json<T>() -> T
    where
        Self: crate::catalogue::missing_features::Json,
    {
        Self::give()
    }

    #[cfg(not(feature = "html"))]
    #[doc(hidden)]
    fn html<T>() -> T
    where
        Self: crate::catalogue::missing_features::Html,
    {
        Self::give()
    }

    #[cfg(not(feature = "utoipa"))]
    #[doc(hidden)]
    fn openapi<T>() -> T
    where
        Self: crate::catalogue::missing_features::OpenApi,
    {
        Self::give()
    }

    /// What is wrong with the endpoints of this program: see [`Audit`].
    fn audit() -> Audit {
        Audit::of::<Self::Tier>(Self::endpoints())
    }

    /// Compares the catalogue with a lock file under version control, in a test: a change of tiers
    /// that nobody meant fails it, and one that was meant is seen by whoever reviews the file.
    ///
    /// A relative path starts at the package of the test. `TIERGATE_UPDATE=1 cargo test` (or `=true`)
    /// writes the file. It has one line for each tier and endpoint, sorted, open endpoints with their reasons
    /// first, so that the list of what is open cannot grow unseen. With `tiers.lock merge=union` in
    /// `.gitattributes`, git merges branches that both add endpoints; where both changed the same
    /// endpoint, both lines stay, and the test says so.
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
    /// If the file says something else, with the [`Diff`](crate::Diff); if it is missing, cannot be
    /// read or contradicts itself; and if the catalogue is empty.
    #[track_caller]
    fn assert_locked(path: impl AsRef<Path>) {
        if let Err(difference) = lock::check(&Snapshot::of::<Self>(), path.as_ref()) {
            panic!("{difference}");
        }
    }
}
