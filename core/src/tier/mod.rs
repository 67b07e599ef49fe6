#[cfg(feature = "serde")]
pub(crate) mod serde;

use std::error::Error;
use std::fmt;

/// The subscription tiers of a product: an enum of unit variants, lowest tier first.
///
/// Only `#[derive(Tier)]` implements this trait. It is sealed, so a manual implementation doesn't
/// compile. The record of an endpoint stores the discriminant of the required tier as its rank. A
/// manual `rank` or `allows` could disagree with the record and admit callers who lack the tier.
///
/// Ranks rise from variant to variant. They may have gaps, so an enum can use the numbers of an existing
/// protocol.
///
/// The derive also adds `ALL`, `name`, `rank`, `allows`, `from_name` and `from_rank` to the enum
/// itself. These items need no import of the trait. `ALL`, `name`, `rank` and `allows` also work in a
/// `const`. The derive implements [`FromStr`](std::str::FromStr) and `TryFrom<u32>` as well. If the
/// enum already has items with these names, `#[tier(trait_only)]` omits all of these additions.
///
/// With the feature `serde`, a tier serialises as its name, and deserialises from its name or its rank.
///
/// # Options
/// | where | option | meaning |
/// | --- | --- | --- |
/// | a variant | `#[tier(name = "Pro (yearly)")]` | the name that customers read; the default is the variant's name |
/// | the enum | `#[tier(trait_only)]` | implements the trait without the additional items |
/// | the enum | `#[tier(crate = path)]` | the path of `tiergate`, if it is renamed or re-exported |
///
/// # Example
/// ```
/// #[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
/// enum Tier {
///     Free = 0,
///     Plus = 3,
///     #[tier(name = "Pro (yearly)")]
///     Pro = 4,
///     One = 6,
/// }
///
/// assert_eq!(Tier::ALL, [Tier::Free, Tier::Plus, Tier::Pro, Tier::One]);
/// assert_eq!(Tier::Pro.name(), "Pro (yearly)");
/// assert_eq!(Tier::One.rank(), 6);
/// assert!(Tier::Pro.allows(Tier::Plus) && !Tier::Free.allows(Tier::Plus));
/// assert_eq!("plus".parse(), Ok(Tier::Plus));
/// assert_eq!(Tier::from_rank(4), Ok(Tier::Pro));
/// assert_eq!(
///     Tier::from_name("gold").unwrap_err().to_string(),
///     "unknown tier \"gold\"; expected one of: Free, Plus, Pro (yearly), One",
/// );
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tier enum",
    label = "`tiergate::Tier` is not implemented for this type",
    note = "add `#[derive(Clone, Copy, tiergate::Tier)]` to an enum of unit variants, the lowest tier first"
)]
pub trait Tier: TierEnum {
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

    /// Returns whether this tier includes the access of `required`.
    fn allows(self, required: Self) -> bool;

    /// Returns the tier with this name, ignoring case.
    ///
    /// # Errors
    /// Returns [`UnknownTier`], which lists every name, if no tier has this name.
    fn from_name(name: &str) -> Result<Self, UnknownTier>;

    /// Returns the tier with this rank.
    ///
    /// # Errors
    /// Returns [`UnknownTier`], which lists every rank, if no tier has this rank.
    fn from_rank(rank: u32) -> Result<Self, UnknownTier>;
}

/// The trait that `#[derive(Tier)]` implements. `DISCRIMINANTS` contains the discriminants of the
/// variants, in rising order.
///
/// [`Tier`] requires this trait and has an implementation for every type that implements it. A manual
/// `impl Tier` therefore lacks this trait or conflicts with that implementation.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tier enum",
    label = "`tiergate::Tier` is not implemented for this type",
    note = "add `#[derive(Clone, Copy, tiergate::Tier)]` to an enum of unit variants, the lowest tier first"
)]
#[doc(hidden)]
pub trait TierEnum: Copy + Send + Sync + 'static {
    const VARIANTS: &'static [Self];
    const VARIANT_NAMES: &'static [&'static str];
    const DISCRIMINANTS: &'static [u32];
    fn variant_name(self) -> &'static str;
    fn discriminant(self) -> u32;
}

impl<T: TierEnum> Tier for T {
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
        index_of_name(T::VARIANT_NAMES, name).map(|index| T::VARIANTS[index])
    }

    fn from_rank(rank: u32) -> Result<Self, UnknownTier> {
        index_of_rank(T::VARIANT_NAMES, T::DISCRIMINANTS, rank).map(|index| T::VARIANTS[index])
    }
}

/// Returns the index of the tier with this name.
///
/// # Errors
/// Returns [`UnknownTier`] if no tier has this name.
pub fn index_of_name(names: &'static [&'static str], name: &str) -> Result<usize, UnknownTier> {
    names
        .iter()
        .position(|own| same_name(own, name))
        .ok_or_else(|| UnknownTier::named(names, name))
}

/// Returns the index of the tier with this rank.
///
/// # Errors
/// Returns [`UnknownTier`] if no tier has this rank.
pub fn index_of_rank(
    names: &'static [&'static str],
    ranks: &'static [u32],
    rank: u32,
) -> Result<usize, UnknownTier> {
    ranks
        .binary_search(&rank)
        .map_err(|_| UnknownTier::ranked(names, ranks, rank))
}

fn same_name(left: &str, right: &str) -> bool {
    let lower = |name: &str| {
        name.chars()
            .flat_map(char::to_lowercase)
            .collect::<Vec<_>>()
    };
    left == right || left.eq_ignore_ascii_case(right) || lower(left) == lower(right)
}

/// The error for a name or a rank that no tier of the enum has. Its message lists the valid ones.
///
/// ```
/// # #[derive(Clone, Copy, Debug, tiergate::Tier)]
/// # enum Tier { Free = 0, Plus = 3 }
/// let error = Tier::from_rank(1).unwrap_err();
/// assert_eq!(error.to_string(), "unknown tier 1; expected one of: 0 (Free), 3 (Plus)");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownTier {
    /// The given name or rank, escaped and shortened for display.
    given: String,
    names: &'static [&'static str],
    /// Empty if a name was looked up.
    ranks: &'static [u32],
}

/// The maximum number of characters of an unknown name that the error keeps. A name may come from a
/// request and be very long.
const GIVEN_LIMIT: usize = 64;

impl UnknownTier {
    fn named(names: &'static [&'static str], name: &str) -> Self {
        let shown: String = name.chars().take(GIVEN_LIMIT).collect();
        let dots = if shown.len() < name.len() { "…" } else { "" };
        Self {
            given: format!("{shown:?}{dots}"),
            names,
            ranks: &[],
        }
    }

    fn ranked(names: &'static [&'static str], ranks: &'static [u32], rank: u32) -> Self {
        Self {
            given: rank.to_string(),
            names,
            ranks,
        }
    }

    /// Returns the names of all tiers, lowest first.
    pub fn expected(&self) -> &'static [&'static str] {
        self.names
    }
}

impl fmt::Display for UnknownTier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown tier {}; expected one of: ", self.given)?;
        for (index, name) in self.names.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            match self.ranks.get(index) {
                Some(rank) => write!(f, "{comma}{rank} ({name})")?,
                None => write!(f, "{comma}{name}")?,
            }
        }
        Ok(())
    }
}

impl Error for UnknownTier {}

#[cfg(test)]
mod tests {
    use super::same_name;
    use crate as tiergate;

    #[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
    #[tier(crate = tiergate)]
    enum Plan {
        Basic,
        #[tier(name = "Größer")]
        Larger,
        Most = 10,
    }

    #[test]
    fn names_are_compared_in_any_case() {
        assert!(same_name("Größer", "GRÖßER"));
        assert_eq!(Plan::from_name("größer"), Ok(Plan::Larger));
        assert_eq!(Plan::from_name("BASIC"), Ok(Plan::Basic));
        assert!(Plan::from_name("Larger").is_err());
        assert!(Plan::from_name("").is_err());
    }

    #[test]
    fn ranks_are_the_discriminants() {
        assert_eq!(<Plan as tiergate::Tier>::RANKS, [0, 1, 10]);
        assert_eq!(Plan::try_from(10), Ok(Plan::Most));
        assert!(Plan::try_from(9).is_err());
    }

    #[test]
    fn an_error_shows_little_of_what_was_given() {
        let error = Plan::from_name(&"x\n".repeat(10_000))
            .unwrap_err()
            .to_string();
        assert!(error.len() < 300 && !error.contains('\n'), "{error}");
    }

    const _: () = assert!(Plan::Most.allows(Plan::Basic));
}
