//! Serialises add-ons as their keys, and deserialises add-ons from their keys.

use ::serde::de::{Deserializer, Error, Visitor};
use std::fmt;

/// The error about an unknown key contains at most this many characters of the key.
const MAX_KEY_CHARACTERS: usize = 64;

/// Deserialises an add-on's key, and returns the add-on's index.
///
/// # Errors
/// Returns the deserializer's error if deserialisation fails. If no add-on has the key, returns an error
/// that lists the keys.
pub fn deserialize_feature<'de, D: Deserializer<'de>>(
    keys: &'static [&'static str],
    deserializer: D,
) -> Result<usize, D::Error> {
    deserializer.deserialize_str(Key { keys })
}

struct Key {
    keys: &'static [&'static str],
}

impl Visitor<'_> for Key {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the key of an add-on: {}", self.keys.join(", "))
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<usize, E> {
        let mut keys = self.keys.iter();
        keys.position(|known| *known == key).ok_or_else(|| {
            let shortened: String = key.chars().take(MAX_KEY_CHARACTERS).collect();
            let known_keys = self.keys.join(", ");
            E::custom(format_args!(
                "unknown add-on {shortened:?}; expected one of: {known_keys}"
            ))
        })
    }
}

#[doc(hidden)]
#[macro_export]
macro_rules! __impl_feature_serde {
    // The macro takes variants as `tt` fragments to keep their spans. Without the original spans, a
    // deprecated variant would cause a warning.
    ($feature:tt $([$($variant:tt)*] $key:literal)*) => {
        #[automatically_derived]
        impl $crate::__private::serde::Serialize for $feature {
            fn serialize<S: $crate::__private::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(match self { $($($variant)* => $key,)* })
            }
        }

        #[automatically_derived]
        impl<'de> $crate::__private::serde::Deserialize<'de> for $feature {
            fn deserialize<D: $crate::__private::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                $crate::__private::deserialize_feature(&[$($key),*], deserializer)
                    .map(Self::__tiergate_at)
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use crate as tiergate;

    #[derive(Clone, Copy, Debug, PartialEq, tiergate::Feature)]
    #[add_on(crate = tiergate)]
    enum Feature {
        Radio,
        BodyCam,
    }

    #[test]
    fn an_add_on_is_written_as_its_key() {
        let text = serde_json::to_string(&Feature::BodyCam).unwrap();
        assert_eq!(text, "\"body_cam\"");
    }

    #[test]
    fn an_add_on_is_read_only_from_its_key() {
        for (text, feature) in [
            ("\"radio\"", Feature::Radio),
            ("\"body_cam\"", Feature::BodyCam),
        ] {
            assert_eq!(serde_json::from_str::<Feature>(text).unwrap(), feature);
        }
        let long = format!("\"{}\"", "\\n".repeat(10_000));
        for text in [
            "\"Radio\"",
            "\"\"",
            "\"BodyCam\"",
            "\"radio \"",
            "0",
            "null",
            &long,
        ] {
            let error = serde_json::from_str::<Feature>(text).unwrap_err();
            let error = error.to_string();
            assert!(error.contains("radio, body_cam"), "{text}: {error}");
            assert!(error.len() < 300 && !error.contains('\n'), "{text}");
        }
    }
}
