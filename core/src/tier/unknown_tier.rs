use std::error::Error;
use std::fmt;

/// The error for a name or a rank that doesn't belong to any tier of the enum. The message lists the
/// valid names or ranks.
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
    /// The ranks of all tiers. This is empty if the lookup was by name.
    ranks: &'static [u32],
}

/// The error keeps at most this many characters of an unknown name. The name may come from a request,
/// and can be very long.
const MAX_GIVEN_CHARACTERS: usize = 64;

impl UnknownTier {
    pub(super) fn named(names: &'static [&'static str], name: &str) -> Self {
        let shortened: String = name.chars().take(MAX_GIVEN_CHARACTERS).collect();
        let ellipsis = if shortened.len() < name.len() {
            "…"
        } else {
            ""
        };
        Self {
            given: format!("{shortened:?}{ellipsis}"),
            names,
            ranks: &[],
        }
    }

    pub(super) fn ranked(names: &'static [&'static str], ranks: &'static [u32], rank: u32) -> Self {
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
