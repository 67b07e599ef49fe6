//! Tiers as values of `serde`: written as the name, read from the name or the rank.

use crate::Tier;
use ::serde::de::{Deserializer, Error, Visitor};
use ::serde::ser::Serializer;
use std::fmt;
use std::marker::PhantomData;

/// Writes the name.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<T: Tier, S: Serializer>(tier: T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(tier.name())
}

/// Reads the name or the rank.
///
/// # Errors
/// Those of the deserializer, and one that lists the tiers for what is none of them.
pub fn deserialize<'de, T: Tier, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_any(NameOrRank(PhantomData))
}

struct NameOrRank<T>(PhantomData<T>);

impl<T: Tier> Visitor<'_> for NameOrRank<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the name or the rank of a tier: ")?;
        for (index, tier) in T::ALL.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{} ({})", tier.name(), tier.rank())?;
        }
        Ok(())
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<T, E> {
        T::from_name(name).map_err(E::custom)
    }

    fn visit_u64<E: Error>(self, rank: u64) -> Result<T, E> {
        match u32::try_from(rank) {
            Ok(rank) => T::from_rank(rank).map_err(E::custom),
            Err(_) => Err(E::invalid_value(
                ::serde::de::Unexpected::Unsigned(rank),
                &self,
            )),
        }
    }

    fn visit_i64<E: Error>(self, rank: i64) -> Result<T, E> {
        match u64::try_from(rank) {
            Ok(rank) => self.visit_u64(rank),
            Err(_) => Err(E::invalid_value(
                ::serde::de::Unexpected::Signed(rank),
                &self,
            )),
        }
    }
}

#[doc(hidden)]
#[macro_export]
macro_rules! __impl_serde {
    ($tier:ident) => {
        #[automatically_derived]
        impl $crate::__private::serde::Serialize for $tier {
            fn serialize<S: $crate::__private::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                $crate::__private::serialize(*self, serializer)
            }
        }

        #[automatically_derived]
        impl<'de> $crate::__private::serde::Deserialize<'de> for $tier {
            fn deserialize<D: $crate::__private::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                $crate::__private::deserialize(deserializer)
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use crate as tiergate;

    #[derive(Clone, Copy, Debug, PartialEq, tiergate::Tier)]
    #[tier(crate = tiergate)]
    enum Tier {
        Free = 0,
        Plus = 3,
    }

    #[test]
    fn a_tier_is_written_as_its_name() {
        assert_eq!(serde_json::to_string(&Tier::Plus).unwrap(), "\"Plus\"");
    }

    #[test]
    fn a_tier_is_read_from_its_name_or_rank() {
        for text in ["\"Plus\"", "\"plus\"", "3"] {
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
