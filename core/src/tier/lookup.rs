//! Looks up tiers by name and by rank.
// Public for generated code only.
#![allow(missing_docs)]

use crate::tier::unknown_tier::UnknownTier;

/// Returns the index of the tier with this name or alias.
///
/// # Errors
/// Returns [`UnknownTier`] if no tier has this name or alias.
pub fn index_of_name(
    names: &'static [&'static str],
    aliases: &[(&'static str, usize)],
    name: &str,
) -> Result<usize, UnknownTier> {
    let index_of_alias = || {
        let alias = aliases.iter().find(|(alias, _)| same_name(alias, name))?;
        Some(alias.1)
    };
    names
        .iter()
        .position(|tier_name| same_name(tier_name, name))
        .or_else(index_of_alias)
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

/// Returns whether two texts name the same tier. The case of letters doesn't matter.
pub(crate) fn same_name(left: &str, right: &str) -> bool {
    left == right || left.eq_ignore_ascii_case(right) || lower_case(left) == lower_case(right)
}

/// Returns a text that is equal for all texts that name the same tier.
pub(crate) fn lower_case(name: &str) -> String {
    name.chars().flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::same_name;
    use crate as tiergate;

    #[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
    #[tier(crate = tiergate)]
    enum Plan {
        Basic,
        #[tier(name = "Größer", alias = "Medium", alias = "m")]
        Larger,
        Most = 10,
    }

    #[test]
    fn names_are_compared_ignoring_case() {
        assert!(same_name("Größer", "GRÖßER"));
        assert_eq!(Plan::from_name("größer"), Ok(Plan::Larger));
        assert_eq!(Plan::from_name("BASIC"), Ok(Plan::Basic));
        assert!(Plan::from_name("Large").is_err());
        assert!(Plan::from_name("").is_err());
    }

    #[test]
    fn tiers_are_read_from_identifiers_and_aliases() {
        for text in ["Größer", "Larger", "larger", "Medium", "MEDIUM", "m"] {
            assert_eq!(Plan::from_name(text), Ok(Plan::Larger), "{text}");
            assert_eq!(<Plan as tiergate::Tier>::from_name(text), Ok(Plan::Larger));
        }
        let error = Plan::from_name("huge").unwrap_err().to_string();
        assert!(
            error.ends_with("expected one of: Basic, Größer, Most"),
            "{error}"
        );
    }

    #[test]
    fn ranks_are_the_discriminants() {
        assert_eq!(<Plan as tiergate::Tier>::RANKS, [0, 1, 10]);
        assert_eq!(Plan::try_from(10), Ok(Plan::Most));
        assert!(Plan::try_from(9).is_err());
    }

    #[test]
    fn errors_shorten_long_names() {
        let error = Plan::from_name(&"x\n".repeat(10_000))
            .unwrap_err()
            .to_string();
        assert!(error.len() < 300 && !error.contains('\n'), "{error}");
    }

    const _: () = assert!(Plan::Most.allows(Plan::Basic));
}
