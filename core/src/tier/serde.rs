//! Serialises tiers as their names, and deserialises tiers from their names or ranks.

use crate::tier::lookup::{index_of_name, index_of_rank};
use ::serde::de::{Deserializer, Error, Unexpected, Visitor};
use std::fmt;

/// Deserialises a tier's name or rank, and returns the tier's index.
///
/// # Errors
/// Returns the deserializer's error if deserialisation fails. If no tier has the name or rank, returns an
/// error that lists the tiers.
pub fn deserialize<'de, D: Deserializer<'de>>(
    names: &'static [&'static str],
    aliases: &'static [(&'static str, usize)],
    ranks: &'static [u32],
    deserializer: D,
) -> Result<usize, D::Error> {
    deserializer.deserialize_any(NameOrRank {
        names,
        aliases,
        ranks,
    })
}

struct NameOrRank {
    names: &'static [&'static str],
    aliases: &'static [(&'static str, usize)],
    ranks: &'static [u32],
}

impl Visitor<'_> for NameOrRank {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name or the rank of a tier: ")?;
        for (index, (name, rank)) in self.names.iter().zip(self.ranks).enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{name} ({rank})")?;
        }
        Ok(())
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<usize, E> {
        index_of_name(self.names, self.aliases, name).map_err(E::custom)
    }

    fn visit_u64<E: Error>(self, rank: u64) -> Result<usize, E> {
        match u32::try_from(rank) {
            Ok(rank) => index_of_rank(self.names, self.ranks, rank).map_err(E::custom),
            Err(_) => Err(E::invalid_value(Unexpected::Unsigned(rank), &self)),
        }
    }

    fn visit_i64<E: Error>(self, rank: i64) -> Result<usize, E> {
        match u64::try_from(rank) {
            Ok(rank) => self.visit_u64(rank),
            Err(_) => Err(E::invalid_value(Unexpected::Signed(rank), &self)),
        }
    }
}

#[doc(hidden)]
#[macro_export]
macro_rules! __impl_serde {
    // The macro takes variants as `tt` fragments to keep their spans. Without the original spans, a
    // deprecated variant would cause a warning.
    ($tier:tt ($aliases:expr) $([$($variant:tt)*] $name:literal)*) => {
        #[automatically_derived]
        impl $crate::__private::serde::Serialize for $tier {
            fn serialize<S: $crate::__private::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(match self { $($($variant)* => $name,)* })
            }
        }

        #[automatically_derived]
        impl<'de> $crate::__private::serde::Deserialize<'de> for $tier {
            fn deserialize<D: $crate::__private::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                $crate::__private::deserialize(
                    &[$($name),*],
                    $aliases,
                    &[$($($variant)* as ::core::primitive::u32),*],
                    deserializer,
                )
                .map(Self::__tiergate_at)
            }
        }
    };
    (feature $($feature:tt)*) => { $crate::__impl_feature_serde! { $($feature)* } };
}

#[cfg(test)]
mod tests {
    use crate as tiergate;

    #[derive(Clone, Copy, Debug, PartialEq, tiergate::Tier)]
    #[tier(crate = tiergate)]
    enum Tier {
        Free = 0,
        #[tier(alias = "Premium")]
        Plus = 3,
    }

    #[test]
    fn a_tier_is_written_as_its_name() {
        assert_eq!(serde_json::to_string(&Tier::Plus).unwrap(), "\"Plus\"");
    }

    #[test]
    fn a_tier_is_read_from_its_name_or_rank() {
        for text in ["\"Plus\"", "\"plus\"", "\"Premium\"", "3"] {
            assert_eq!(serde_json::from_str::<Tier>(text).unwrap(), Tier::Plus);
        }
        for text in ["\"Gold\"", "1", "-3", "3.0", "4294967299", "null", "[]"] {
            let error = serde_json::from_str::<Tier>(text).unwrap_err().to_string();
            assert!(
                error.contains("Free") && error.contains("Plus"),
                "{text}: {error}"
            );
        }
    }
}
