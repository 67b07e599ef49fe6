//! Catalogues as plain data. This data is used to render documents and to compare the catalogues of two
//! releases.

pub(crate) mod diff;
pub(crate) mod error;
pub(crate) mod invisible_characters;
#[cfg(feature = "json")]
pub(crate) mod json;
pub(crate) mod limits;
pub(crate) mod lock;
pub(crate) mod quoting;
pub(crate) mod rows;
pub(crate) mod rustdoc_links;

pub use self::error::SnapshotError;
pub use self::rows::{EndpointRow, TierRow};

/// A catalogue at one point in time. A snapshot doesn't depend on the types in the program.
///
/// You can create a snapshot from a catalogue in this program. You can also read a snapshot from a JSON
/// document or a [lock file](crate::Catalogue::assert_locked) of an earlier release.
///
/// # Limits
/// A document may come from an untrusted source, and the rendered output can be much larger than the
/// document. [`from_json`](Self::from_json) and [`from_lock`](Self::from_lock) therefore return an
/// error if a document exceeds one of these limits:
///
/// | limit | at most |
/// | --- | --- |
/// | the document | 16 MiB |
/// | tiers | 100, with names of 256 bytes |
/// | endpoints | 50,000 |
/// | endpoints × tiers | 500,000 |
/// | modules × the names of all tiers | 2,000,000 bytes |
/// | a name, a path, a module | 16 KiB |
/// | a summary, a reason | 64 KiB |
///
/// Within these limits, reading, comparing and rendering take time proportional to the size of the
/// document plus the number of endpoints times the number of tiers. [`of`](Self::of) doesn't check any
/// limits.
///
/// ```
/// use tiergate::{Catalogue, Snapshot, requires_tier};
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// #[requires_tier(Plus, get = "/units")]
/// fn units() {}
///
/// #[derive(Catalogue)]
/// #[catalogue(tier = Tier, handlers(units))]
/// struct Api;
///
/// let snapshot = Snapshot::of::<Api>();
/// assert_eq!(snapshot.tiers()[1].name(), "Plus");
/// assert_eq!(snapshot.endpoints()[0].path(), Some("/units"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    pub(crate) tiers: Vec<TierRow>,
    pub(crate) endpoints: Vec<EndpointRow>,
}

impl Snapshot {
    /// Returns the tiers, lowest first.
    pub fn tiers(&self) -> &[TierRow] {
        &self.tiers
    }

    /// Returns the endpoints, in the catalogue's order.
    pub fn endpoints(&self) -> &[EndpointRow] {
        &self.endpoints
    }
}
