//! Endpoints, which describe annotated handlers.

pub(crate) mod by_endpoint;
pub(crate) mod const_message;
pub(crate) mod endpoint_macro;
pub(crate) mod event;
pub(crate) mod event_variants;
pub(crate) mod gated;
pub(crate) mod generated_items;
pub(crate) mod handler_forms;
pub(crate) mod limit_checks;
pub(crate) mod limit_set;
pub(crate) mod limits;
pub(crate) mod need;
pub(crate) mod policy_text;
pub(crate) mod record;
pub(crate) mod registry;
#[cfg(test)]
pub(crate) mod test_endpoints;

use self::limits::Limits;
use self::need::Need;
#[cfg(feature = "watch")]
use self::record::NAMED_GUARD;
use self::record::{CONSTRAINED, DEPRECATED, Record, Tiers};
use crate::route::index::Routed;
use crate::route::method::{Method, methods};
use crate::tier::Tier;
use std::fmt;
use std::hash::{Hash, Hasher};

/// An annotated handler's name, route, required tier, and location in the source code.
///
/// [`requires_tier`](macro@crate::requires_tier) creates the endpoint at compile time. All of its values
/// can be read in a `const`. An [event](crate::Event) has an `Endpoint` too, without a route.
///
/// ```
/// use tiergate::{Catalogue, requires_tier};
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// /// Creates a dispatch call.
/// ///
/// /// Only the first paragraph is the summary.
/// #[requires_tier(Plus, post = "/dispatch")]
/// fn new_dispatch() {}
///
/// #[derive(Catalogue)]
/// #[catalogue(tier = Tier, handlers(new_dispatch))]
/// struct Api;
///
/// const ENDPOINT: tiergate::Endpoint = Api::ENDPOINTS[0];
/// assert_eq!(ENDPOINT.name(), "new_dispatch");
/// assert_eq!(ENDPOINT.method(), Some("POST"));
/// assert_eq!(ENDPOINT.path(), Some("/dispatch"));
/// assert_eq!(ENDPOINT.required_tier(), Some("Plus"));
/// assert_eq!(ENDPOINT.required_rank(), Some(1));
/// assert_eq!(ENDPOINT.summary(), "Creates a dispatch call.");
/// assert_eq!(ENDPOINT.to_string(), "`new_dispatch` (POST /dispatch)");
/// ```
#[derive(Clone, Copy)]
pub struct Endpoint(#[doc(hidden)] pub &'static Record);

// The accessors take a reference to allow `endpoints.iter().map(Endpoint::name)`.
#[allow(clippy::trivially_copy_pass_by_ref)]
impl Endpoint {
    /// Returns the value of `name = "…"`, or the handler's name.
    pub const fn name(&self) -> &'static str {
        self.0.name()
    }

    /// Returns the HTTP method in upper case, or `None` if the endpoint has no route. `ANY` means every
    /// HTTP method for which the same template has no other endpoint.
    pub const fn method(&self) -> Option<&'static str> {
        match Method::numbered(self.0.method) {
            Some(method) => Some(method.as_str()),
            None => None,
        }
    }

    /// Returns the path template, such as `/units/{id}`, or `None` if the endpoint has no route.
    pub const fn path(&self) -> Option<&'static str> {
        match self.route() {
            Some((_, path)) => Some(path),
            None => None,
        }
    }

    /// Returns whether the route macro below `#[requires_tier(…)]` checks more than the HTTP method and
    /// the path: a pattern (`{id:\d+}`) or a guard in actix-web, or a format, a rank or a query in
    /// rocket. In this case, another endpoint may answer some of the requests to the same route.
    pub const fn is_constrained(&self) -> bool {
        self.0.path & CONSTRAINED != 0
    }

    /// Returns the name of the tier that the endpoint requires. Returns `None` if the endpoint is
    /// public, or if it requires only an add-on.
    pub const fn required_tier(&self) -> Option<&'static str> {
        match self.need() {
            Some(need) => need.required_tier(),
            None => None,
        }
    }

    /// Returns the rank of the tier that the endpoint requires. Returns `None` if the endpoint is
    /// public, or if it requires only an add-on.
    pub const fn required_rank(&self) -> Option<u32> {
        match self.need() {
            Some(need) => need.required_rank(),
            None => None,
        }
    }

    /// Returns the key of the add-on that the endpoint requires, or that it accepts instead of the
    /// tier. Returns `None` if no add-on matters.
    pub const fn required_feature(&self) -> Option<&'static str> {
        match self.need() {
            Some(need) => need.feature_key(),
            None => None,
        }
    }

    /// Returns everything that the endpoint requires, or `None` if the endpoint is public.
    pub const fn need(&self) -> Option<Need> {
        match self.0.tiers {
            Some(tiers) => Some(Need::of_record(self.0, tiers)),
            None => None,
        }
    }

    /// Returns how often each caller may call the endpoint, by tier: `limit` in the attribute. Returns `None`
    /// if the attribute has no limit. The catalogue's quota may still apply.
    pub const fn limits(&self) -> Option<Limits> {
        match self.0.limits {
            Some(limits) if !limits.policies.is_empty() => {
                let (names, ranks): (&[&str], &[u32]) = match self.0.tiers {
                    Some(tiers) => (tiers.names, tiers.ranks),
                    None => (&[], &[]),
                };
                Some(Limits::new(limits.policies, names, ranks))
            }
            _ => None,
        }
    }

    /// Returns whether the endpoint has limits besides the catalogue's quota.
    #[cfg(all(feature = "quota", feature = "_check"))]
    #[inline]
    pub(crate) const fn has_limits(&self) -> bool {
        matches!(self.0.limits, Some(limits) if !limits.policies.is_empty())
    }

    /// Returns the number of units of the catalogue's quota that a call uses: `cost` in the attribute. The
    /// default is 1, and 0 is free.
    pub const fn cost(&self) -> u32 {
        match self.0.limits {
            Some(limits) => limits.cost,
            None => 1,
        }
    }

    /// Returns whether this is an [event](crate::Event) that the server sends, not a handler.
    pub const fn is_event(&self) -> bool {
        self.0.method == methods::EVENT
    }

    /// Returns whether the handler's guard has a name. Only such a handler can watch its connections.
    #[cfg(feature = "watch")]
    pub(crate) const fn has_named_guard(&self) -> bool {
        self.0.name & NAMED_GUARD != 0
    }

    /// Returns whether everybody may call the endpoint.
    pub const fn is_public(&self) -> bool {
        self.0.tiers.is_none()
    }

    /// Returns the reason why the endpoint is public, or `None` if it requires a tier.
    pub const fn public_reason(&self) -> Option<&'static str> {
        match self.0.tiers {
            Some(_) => None,
            None => Some(self.0.public_reason()),
        }
    }

    /// Returns the path of the module that defines the handler.
    pub const fn module(&self) -> &'static str {
        self.0.module()
    }

    /// Returns the source file that defines the handler.
    pub const fn file(&self) -> &'static str {
        self.0.file()
    }

    /// Returns the number of the line that contains the handler's name.
    pub const fn line(&self) -> u32 {
        self.0.line
    }

    /// Returns the first paragraph of the handler's documentation, joined into one line. Returns an
    /// empty text if the handler has no documentation.
    pub const fn summary(&self) -> &'static str {
        self.0.summary()
    }

    /// Returns whether the handler is `#[deprecated]`.
    pub const fn is_deprecated(&self) -> bool {
        self.0.summary & DEPRECATED != 0
    }

    /// Returns the required tier. `T` is the endpoint's tier enum.
    ///
    /// The record contains only the tier's rank, so this function looks up the tier by its rank. If
    /// each record had a constant that contains the tier itself, the compiler would have to compile
    /// another body for each handler.
    ///
    /// # Panics
    /// Panics if the endpoint is public, or if no tier of the enum has the rank that the record
    /// contains. Because this function runs in a constant, each of these panics is a compile error.
    pub(crate) const fn expect_tier<T: Tier>(&self) -> T {
        assert!(
            self.0.tiers.is_some(),
            "a public endpoint has no required tier"
        );
        let mut index = 0;
        while T::RANKS[index] != self.0.required {
            index += 1;
        }
        T::ALL[index]
    }

    /// Returns what the endpoint requires.
    ///
    /// # Panics
    /// Panics if the endpoint is public. Because this function runs in a constant, the panic is a
    /// compile error.
    pub(crate) const fn expect_need(&self) -> Need {
        match self.need() {
            Some(need) => need,
            None => panic!("a public endpoint requires nothing"),
        }
    }

    /// Returns whether the endpoint has an HTTP method and a path.
    pub(crate) const fn has_route(&self) -> bool {
        Method::numbered(self.0.method).is_some()
    }

    /// Returns whether the text is the endpoint's name, or its HTTP method and path template as in
    /// `POST /export`.
    pub(crate) fn is_identified_by(&self, text: &str) -> bool {
        let is_route = |(method, path): (Method, &str)| {
            text.strip_prefix(method.as_str())
                .is_some_and(|rest| rest.strip_prefix(' ') == Some(path))
        };
        text == self.name() || self.route().is_some_and(is_route)
    }

    pub(crate) const fn route(&self) -> Option<(Method, &'static str)> {
        match Method::numbered(self.0.method) {
            Some(method) => Some((method, self.0.path())),
            None => None,
        }
    }

    /// Returns the HTTP method, the record's text, and the start and end of the path template in this
    /// text.
    pub(crate) const fn template(&self) -> Option<(Method, &'static [u8], usize, usize)> {
        match Method::numbered(self.0.method) {
            Some(method) => {
                let (start, end) = (self.0.name_end(), self.0.path_end());
                Some((method, self.0.text.as_bytes(), start, end))
            }
            None => None,
        }
    }

    /// Returns whether the endpoint requires a tier of the enum `T`.
    pub(crate) fn is_of<T: 'static>(&self) -> bool {
        self.0.tiers.is_some_and(Tiers::are_of::<T>)
    }
}

impl Routed for Endpoint {
    fn template(&self) -> Option<(Method, &[u8], usize, usize)> {
        Endpoint::template(self)
    }

    fn is_constrained(&self) -> bool {
        Endpoint::is_constrained(self)
    }
}

/// Two endpoints are equal if they belong to the same handler, even if each of them has its own record.
/// If a crate is linked several times, each of its handlers has several records.
impl PartialEq for Endpoint {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0) || self.0.is_of_same_handler(other.0)
    }
}

impl Eq for Endpoint {}

impl Hash for Endpoint {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // The text contains the name, the module and the file.
        (self.0.text, self.0.line).hash(state);
    }
}

impl Endpoint {
    /// Writes the same text as `Display`. Every refusal contains this text, so this function avoids
    /// `write!`, which would take twice as long.
    pub(crate) fn describe(self, to: &mut impl fmt::Write) -> fmt::Result {
        to.write_str("`")?;
        to.write_str(self.name())?;
        to.write_str("`")?;
        if let Some((method, path)) = self.route() {
            to.write_str(" (")?;
            to.write_str(method.as_str())?;
            to.write_str(" ")?;
            to.write_str(path)?;
            to.write_str(")")?;
        }
        Ok(())
    }
}

/// Shows the endpoint's name, and its route if it has one: `` `new_dispatch` (POST /dispatch) ``.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.describe(f)
    }
}

// The record is packed and hard to read, so this output shows the values that the accessors return.
#[allow(clippy::missing_fields_in_debug)]
impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("name", &self.name())
            .field("method", &self.method())
            .field("path", &self.path())
            .field("required", &self.required_tier())
            .field("feature", &self.required_feature())
            .field("public_reason", &self.public_reason())
            .field("module", &self.module())
            .field("file", &self.file())
            .field("line", &self.line())
            .field("summary", &self.summary())
            .field("deprecated", &self.is_deprecated())
            .finish()
    }
}
