//! Subscription tiers.

pub(crate) mod feature;
#[cfg(feature = "serde")]
pub(crate) mod feature_serde;
pub(crate) mod feature_set;
pub(crate) mod lookup;
#[cfg(feature = "serde")]
pub(crate) mod serde;
pub(crate) mod unknown_tier;

pub use self::feature::{Feature, NoFeatures};
pub use self::feature_set::FeatureSet;
pub use self::unknown_tier::UnknownTier;

use self::lookup::{index_of_name, index_of_rank};

/// The subscription tiers of a product: an enum of unit variants. The first variant is the lowest tier.
///
/// Only `#[derive(Tier)]` implements this trait. The trait is sealed, so a manual implementation
/// doesn't compile. An endpoint's record stores the discriminant of the required tier as a rank. A
/// manual implementation of `rank` or `allows` could disagree with the record, and admit callers whose
/// tier is too low.
///
/// Ranks increase from variant to variant. Gaps between ranks are possible, so an enum can use the
/// numbers of an existing protocol.
///
/// The derive also adds `ALL`, `name`, `rank`, `allows`, `from_name` and `from_rank` to the enum
/// itself. Calling these items doesn't require an import of the trait. `ALL`, `name`, `rank` and
/// `allows` also work in a `const`. In addition, the derive implements [`FromStr`](std::str::FromStr)
/// and `TryFrom<u32>`. If the enum already has items with these names, add `#[tier(trait_only)]` to
/// omit all of these additions.
///
/// With the `serde` feature, a tier is serialised as its name, and deserialised from its name or rank.
///
/// # Options
/// | where | option | meaning |
/// | --- | --- | --- |
/// | a variant | `#[tier(name = "Pro (yearly)")]` | the name that customers read; the default is the variant's name |
/// | a variant | `#[tier(alias = "Premium")]` | another text from which the tier is read, such as its old name; a variant can have several |
/// | the enum | `#[tier(features = Feature)]` | the product's add-ons, an enum that derives [`Feature`] |
/// | the enum | `#[tier(trait_only)]` | implements the trait without the additional items |
/// | the enum | `#[tier(crate = path)]` | the path of `tiergate`, if it is renamed or re-exported |
///
/// # Example
/// ```
/// #[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
/// enum Tier {
///     Free = 0,
///     Plus = 3,
///     #[tier(name = "Pro (yearly)", alias = "Premium")]
///     Pro = 4,
///     One = 6,
/// }
///
/// assert_eq!(Tier::ALL, [Tier::Free, Tier::Plus, Tier::Pro, Tier::One]);
/// assert_eq!(Tier::Pro.name(), "Pro (yearly)");
/// assert_eq!(Tier::One.rank(), 6);
/// assert!(Tier::Pro.allows(Tier::Plus) && !Tier::Free.allows(Tier::Plus));
/// assert_eq!("plus".parse(), Ok(Tier::Plus));
/// for text in ["Pro (yearly)", "Pro", "Premium"] {
///     assert_eq!(Tier::from_name(text), Ok(Tier::Pro));
/// }
/// assert_eq!(Tier::from_rank(4), Ok(Tier::Pro));
/// assert_eq!(
///     Tier::from_name("gold").unwrap_err().to_string(),
///     "unknown tier \"gold\"; expected one of: Free, Plus, Pro (yearly), One",
/// );
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tier enum",
    label = "`tiergate::Tier` is not implemented for this type",
    note = "add `#[derive(Clone, Copy, tiergate::Tier)]` to an enum of unit variants, with the lowest tier first"
)]
pub trait Tier: TierEnum {
    /// The product's add-ons, or [`NoFeatures`].
    type Features: Feature;

    /// Every tier, lowest first.
    const ALL: &'static [Self];

    /// The names of [`ALL`](Self::ALL), in the same order.
    const NAMES: &'static [&'static str];

    /// The ranks of [`ALL`](Self::ALL), in the same order.
    const RANKS: &'static [u32];

    /// Returns the tier's name, as customers see it.
    fn name(self) -> &'static str;

    /// Returns the tier's rank. Higher tiers have higher ranks.
    fn rank(self) -> u32;

    /// Returns whether this tier is at least `required`.
    fn allows(self, required: Self) -> bool;

    /// Returns the tier with this name, ignoring case. A tier can also be read from its variant's
    /// identifier and its aliases, so stored plans survive a new name.
    ///
    /// # Errors
    /// Returns [`UnknownTier`] if no tier has this name. The error lists every name.
    fn from_name(name: &str) -> Result<Self, UnknownTier>;

    /// Returns the tier with this rank.
    ///
    /// # Errors
    /// Returns [`UnknownTier`] if no tier has this rank. The error lists every rank.
    fn from_rank(rank: u32) -> Result<Self, UnknownTier>;
}

/// The trait that `#[derive(Tier)]` implements. `DISCRIMINANTS` contains the variants' discriminants in
/// ascending order.
///
/// [`Tier`] requires this trait, and every type that implements this trait automatically implements
/// [`Tier`]. A manual `impl Tier` is therefore an error: either this trait is missing, or the manual
/// `impl` conflicts with the automatic one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tier enum",
    label = "`tiergate::Tier` is not implemented for this type",
    note = "add `#[derive(Clone, Copy, tiergate::Tier)]` to an enum of unit variants, with the lowest tier first"
)]
#[doc(hidden)]
pub trait TierEnum: Copy + Send + Sync + 'static {
    type FeatureEnum: Feature;
    const VARIANTS: &'static [Self];
    const VARIANT_NAMES: &'static [&'static str];
    const VARIANT_ALIASES: &'static [(&'static str, usize)];
    const DISCRIMINANTS: &'static [u32];
    fn variant_name(self) -> &'static str;
    fn discriminant(self) -> u32;
}

impl<T: TierEnum> Tier for T {
    type Features = T::FeatureEnum;
    const ALL: &'static [Self] = T::VARIANTS;
    const NAMES: &'static [&'static str] = T::VARIANT_NAMES;
    const RANKS: &'static [u32] = T::DISCRIMINANTS;

    #[inline]
    fn name(self) -> &'static str {
        self.variant_name()
    }

    #[inline]
    fn rank(self) -> u32 {
        self.discriminant()
    }

    #[inline]
    fn allows(self, required: Self) -> bool {
        self.discriminant() >= required.discriminant()
    }

    fn from_name(name: &str) -> Result<Self, UnknownTier> {
        index_of_name(T::VARIANT_NAMES, T::VARIANT_ALIASES, name).map(|index| T::VARIANTS[index])
    }

    fn from_rank(rank: u32) -> Result<Self, UnknownTier> {
        index_of_rank(T::VARIANT_NAMES, T::DISCRIMINANTS, rank).map(|index| T::VARIANTS[index])
    }
}
