#[cfg(feature = "serde")]
pub(crate) mod serde;

use std::error::Error;
use std::fmt;

/// The subscription tiers of a product: an enum of unit variants, the lowest tier first.
///
/// Implemented by `#[derive(Tier)]` and sealed: an implementation by hand does not compile. A record
/// stores the discriminant of the required tier as its rank, and a `rank` or an `allows` with another
/// opinion would let callers through who lack the tier. Ranks rise from variant to variant and may have
/// gaps, so the numbers of an existing protocol can be kept.
///
/// The derive also gives the enum `ALL`, `name`, `rank`, `allows`, `from_name` and `from_rank` as
/// items of its own, so that they need no import and work in a `const`, and implements
/// [`FromStr`](std::str::FromStr) and `TryFrom<u32>`. If the enum has items of these names already,
/// `#[tier(trait_only)]` leaves them out.
///
/// With the feature `serde` a tier is serialised as its name and deserialised from its name or its
/// rank.
///
/// # Options
/// | where | option | meaning |
/// | --- | --- | --- |
/// | a variant | `#[tier(name = "Pro (yearly)")]` | the name that customers read; by default the variant's own |
/// | the enum | `#[tier(trait_only)]` | implement the trait and nothing else |
/// | the enum | `#[tier(crate = path)]` | where `tiergate` is, if it was renamed or re-exported |
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
    /// Every tier, the lowest first.
    const ALL: &'static [Self];

    /// The names of [`ALL`](Self::ALL), in the same order.
    const NAMES: &'static [&'static str];

    /// The ranks of [`ALL`](Self::ALL), in the same order.
    const RANKS: &'static [u32];

    /// The tier's name, as customers read it.
    fn name(self) -> &'static str;

    /// The tier's rank: a higher tier has a higher one.
    fn rank(self) -> u32;

    /// Whether this tier may do what `required` may do.
    fn allows(self, required: Self) -> bool;

    /// The tier of this name, in upper or lower case.
    ///
    /// # Errors
    /// [`UnknownTier`], which lists every name, if no tier has this one.
    fn from_name(name: &str) -> Result<Self, UnknownTier>;

    /// The tier of this rank.
    ///
    /// # Errors
    /// [`UnknownTier`], which lists every rank, if no tier has this one.
    fn from_rank(rank: u32) -> Result<Self, UnknownTier>;
}

/// What `#[derive(Tier)]` implements. Each discriminant is the variant's own, and they rise.
///
/// [`Tier`] requires this trait and is implemented for all of its types. So an `impl Tier` by hand
/// either lacks this trait or conflicts with that implementation.
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

/// Where a name stands among those of the tiers.
///
/// # Errors
/// [`UnknownTier`], if it is none of them.
pub fn index_of_name(names: &'static [&'static str], name: &str) -> Result<usize, UnknownTier> {
    names
        .iter()
        .position(|own| same_name(own, name))
        .ok_or_else(|| UnknownTier::named(names, name))
}

/// Where a rank stands among those of the tiers.
///
/// # Errors
/// [`UnknownTier`], if it is none of them.
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

/// A name or a rank that is none of the enum's. Its message lists what is.
///
/// ```
/// # #[derive(Clone, Copy, Debug, tiergate::Tier)]
/// # enum Tier { Free = 0, Plus = 3 }
/// let error = Tier::from_rank(1).unwrap_err();
/// assert_eq!(error.to_string(), "unknown tier 1; expected one of: 0 (Free), 3 (Plus)");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownTier {
    /// What was given, fit to be shown.
    given: String,
    names: &'static [&'static str],
    /// Empty when a name was looked for.
    ranks: &'static [u32],
}

/// What was given may come from a request, so no more than this much of it is kept.
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

    /// The names of the tiers that there are, the lowest first.
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
