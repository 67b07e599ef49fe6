//! The trait of all catalogues.

pub(crate) mod audit;
pub(crate) mod gated_method;
pub(crate) mod missing_features;
pub(crate) mod registered;
pub(crate) mod snapshot;
pub(crate) mod table;

use self::audit::Audit;
use self::audit::constraints::is_certain;
use crate::endpoint::Endpoint;
use crate::route::index::Routes;
use crate::route::method::Method;
use crate::snapshot::{Snapshot, lock};
use crate::tier::Tier;
use std::path::Path;

/// A set of endpoints, the source for documentation, client libraries and audits.
///
/// `#[derive(Catalogue)]` implements this trait in one of two ways:
///
/// - With `handlers(…)`, `include(…)` or both, the catalogue contains the listed handlers. It is known
///   at compile time: the derive adds the constant `ENDPOINTS` to the type. Listing a function without
///   an annotation, or two handlers with the same method and path, is a compile error. With the feature
///   `axum`, the derive adds `router()`. With `actix-web`, it adds `configure`.
/// - Without a list, the catalogue contains every public handler and every annotated handler of this
///   tier enum that is linked into the program, ordered by module, file and line. Use this form if you
///   don't want a list, or if route macros turn your handlers into structs.
///
/// # Options
/// | option | meaning |
/// | --- | --- |
/// | `tier = Tier` | the tier enum |
/// | `handlers(a, module::b, c::<Db>)` | the paths of the handlers; a generic handler with its types |
/// | `include(Other, …)` | other listed catalogues, added after the handlers |
/// | `state = AppState` | the handlers' state, for `router()` |
/// | `crate = path` | the path of `tiergate`, if it was renamed or re-exported |
///
/// Two kinds of handlers need care in a list:
///
/// - A handler with an `impl Trait` argument can't be listed, because the compiler can't infer the
///   type. Use a named type parameter and list `handler::<Type>`.
/// - A public handler (`public = "…"`) has no guard that identifies it. List it by the path of the
///   module that defines it, `module::handler` or `module::Type::handler`, not by an import or a
///   re-export.
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

    /// Returns every endpoint of the catalogue, in order.
    fn endpoints() -> &'static [Endpoint];

    /// Returns the endpoint that answers a request, given its method and the path of its URL.
    ///
    /// The path is matched as it appears in the request, without the query. `{id}` matches one
    /// non-empty segment, and `{*rest}` matches one or more segments. Literals are compared in decoded
    /// form: `%c3%b6`, `%C3%B6` and `ö` are equal. Matching is case-sensitive.
    ///
    /// Matching happens in two steps, as in axum. First, the path selects the most specific template
    /// that matches it, whatever its methods. The first segment in which two templates differ decides:
    /// a literal takes precedence over a parameter, and a parameter takes precedence over `{*rest}`.
    /// Then the method selects an endpoint of this template. A `HEAD` request falls back to the `GET`
    /// endpoint, and any request falls back to the `any` endpoint. If the template has none of these,
    /// the result is `None`, and a router responds with 405. For example, if only `POST /items/active`
    /// and `GET /items/{id}` exist, `GET /items/active` finds nothing.
    ///
    /// (axum's router also accepts an empty parameter that isn't the last segment. It routes
    /// `/units//notes` to `/units/{id}/notes`, but `find` returns `None`.)
    ///
    /// `find` doesn't evaluate constraints, such as `{id:\d+}` or a guard in actix-web, or `format` and
    /// `rank` in rocket. If constraints decide which of several endpoints answers, `find` returns
    /// `None`.
    fn find(method: &str, path: &str) -> Option<&'static Endpoint> {
        let endpoints = Self::endpoints();
        let found = Self::__routes().find(endpoints, Method::of_request(method), path)?;
        is_certain(*found, method, endpoints).then_some(found)
    }

    /// The index used by `find`.
    #[doc(hidden)]
    fn __routes() -> Routes {
        Routes::NONE
    }

    /// Returns the endpoints that a caller of this tier may call, in the catalogue's order.
    fn available_to(tier: Self::Tier) -> impl Iterator<Item = &'static Endpoint> {
        let rank = tier.rank();
        Self::endpoints()
            .iter()
            .filter(move |endpoint| endpoint.allows_rank(rank))
    }

    /// Returns the catalogue as a Markdown table with one row for each endpoint.
    ///
    /// Names and documentation are escaped, so they can't add a column, a link or an element. (GitHub
    /// links anything that looks like an e-mail address, even if it is escaped.)
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

    /// Returns the catalogue as comma-separated values (RFC 4180) with a header: `method`, `path`,
    /// `required_tier`, `required_rank`, `public_reason`, `summary`, `name` and `module`. Missing
    /// values are empty.
    ///
    /// Every field that a spreadsheet could interpret as a formula starts with an apostrophe. These are
    /// the fields that don't begin with a letter, a digit or harmless ASCII punctuation. Some programs
    /// start a new cell after a semicolon, a tab or a line break within a field. If a formula follows
    /// one of these, an apostrophe is inserted in front of it too.
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

    /// Returns the catalogue as a TypeScript module with the constants `tiers` and `endpoints`, their
    /// types, and the function `allows(tier, endpoint)`.
    ///
    /// An endpoint's key is its method and path. The TypeScript compiler checks each use of a key:
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

    /// Returns the catalogue as a JSON document. It contains the `version` of the format, the `tiers`
    /// with `name` and `rank`, lowest first, and the `endpoints` in the catalogue's order.
    ///
    /// An endpoint has `name`, `method`, `path`, `required_tier`, `required_rank`, `public_reason`,
    /// `summary` and `module`. Missing values are `null`. If the handler is `#[deprecated]`, its
    /// endpoint also has `"deprecated": true`. [`Snapshot::JSON_SCHEMA`] is the schema of the format,
    /// and [`Snapshot::from_json`] reads the document.
    #[cfg(feature = "json")]
    #[cfg_attr(docsrs, doc(cfg(feature = "json")))]
    fn json() -> String {
        Snapshot::of::<Self>().to_json()
    }

    /// Returns the catalogue as a page for customers with the title *API restrictions*. Use
    /// [`html::Page`](crate::html::Page) to choose another title or theme.
    #[cfg(feature = "html")]
    #[cfg_attr(docsrs, doc(cfg(feature = "html")))]
    fn html() -> String {
        crate::export::html::Page::new(&Snapshot::of::<Self>()).render()
    }

    /// Returns the catalogue as an OpenAPI 3.1 document, in utoipa's types.
    /// [`openapi::Export`](crate::openapi::Export) can also render it as JSON, and add the tiers to a
    /// document from any other library.
    #[cfg(feature = "utoipa")]
    #[cfg_attr(docsrs, doc(cfg(feature = "utoipa")))]
    fn openapi() -> utoipa::openapi::OpenApi {
        crate::export::openapi::Export::new(&Snapshot::of::<Self>()).document()
    }

    // Placeholders for functions that need another feature or a list. Their return types are generic,
    // so using the result isn't a second error. An inherent function of the same name takes precedence.
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

    /// Audits the endpoints of this program. See [`Audit`].
    fn audit() -> Audit {
        Audit::of::<Self::Tier>(Self::endpoints())
    }

    /// Compares the catalogue with a lock file under version control, in a test.
    ///
    /// An unintended tier change fails the test. An intended change shows up in the review of the lock
    /// file.
    ///
    /// A relative path is resolved against the package of the test. `TIERGATE_UPDATE=1 cargo test` (or
    /// `=true`) writes the file. The file has one line for each tier and each endpoint, in sorted
    /// order. Public endpoints come before the other endpoints and include their reasons, so reviewers
    /// notice every new one. With `tiers.lock merge=union` in `.gitattributes`, git merges branches
    /// that both add endpoints. If both branches changed the same endpoint, git keeps both lines, and
    /// the test reports them.
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
    /// file is missing, can't be read or contradicts itself, or if the catalogue is empty or contains
    /// endpoints that a lock file can't distinguish.
    #[track_caller]
    fn assert_locked(path: impl AsRef<Path>) {
        if let Err(difference) = lock::check(&Snapshot::of::<Self>(), path.as_ref()) {
            panic!("{difference}");
        }
    }
}
