//! Inserts the caller's key into the names of Redis keys and fields.

use crate::source::api_key::{ApiKey, KeyHash, KeyHasher};
use std::sync::Arc;

/// The placeholder for the caller's key in a pattern.
const KEY_PLACEHOLDER: &str = "{key}";

/// How the caller's key is written in names.
pub(super) enum KeySpelling {
    Sha256,
    Hashed(KeyHasher),
    Raw,
}

impl KeySpelling {
    /// Returns the key as it appears in names. Returns `None` if the key isn't allowed in names.
    pub(super) fn spell(&self, key: &ApiKey) -> Option<String> {
        match self {
            Self::Sha256 => Some(KeyHash::sha256(key).to_hex()),
            Self::Hashed(hasher) => Some(hasher.hash(key).to_hex()),
            Self::Raw => {
                let key = key.expose();
                let is_allowed = !key.is_empty() && key.bytes().all(is_raw_key_character);
                is_allowed.then(|| key.to_owned())
            }
        }
    }
}

/// Returns whether a raw key may contain a byte. A raw key must not contain separators, characters with
/// a meaning in Redis patterns, or the braces that select a cluster slot.
fn is_raw_key_character(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// Where Redis stores the tier.
pub(super) enum TierLocation {
    Key(Arc<str>),
    /// A hash whose fields are the parts of the caller.
    Hash {
        key: Arc<str>,
        id_field: Arc<str>,
    },
    Field {
        key: Arc<str>,
        field: Arc<str>,
        id_field: Option<Arc<str>>,
    },
}

impl TierLocation {
    /// Checks that the names in this location depend on the caller.
    ///
    /// # Panics
    /// Panics if no name contains the placeholder, because all callers would then have the same tier.
    pub(super) fn check_placeholder(self) -> Self {
        let depends_on_caller = match &self {
            Self::Key(key) | Self::Hash { key, .. } => key.contains(KEY_PLACEHOLDER),
            Self::Field { key, field, .. } => {
                key.contains(KEY_PLACEHOLDER) || field.contains(KEY_PLACEHOLDER)
            }
        };
        assert!(
            depends_on_caller,
            "the name of the Redis key is the same for every caller; write `{{key}}` where the API key belongs"
        );
        self
    }

    /// Checks that a raw key can't affect the rest of a name in this location.
    ///
    /// # Panics
    /// Panics if a raw key could merge with the text next to it, as in `tier{key}`, or is the whole
    /// name of a Redis key.
    pub(super) fn check_raw_key(&self) {
        let (key, fields) = match self {
            Self::Key(key) => (key, [None, None]),
            Self::Hash { key, id_field } => (key, [Some(id_field), None]),
            Self::Field {
                key,
                field,
                id_field,
            } => (key, [Some(field), id_field.as_ref()]),
        };
        assert!(
            **key != *KEY_PLACEHOLDER,
            "the raw API key is the whole name of the Redis key; add a prefix, such as `tier:{{key}}`"
        );
        for name in [Some(key)].into_iter().chain(fields).flatten() {
            assert!(
                is_separated(name),
                "the raw API key is not separated from the text next to it in {name:?}; add a separator, such as `tier:{{key}}`"
            );
        }
    }
}

/// Returns whether a character that no raw key contains, such as `:`, separates every placeholder in a
/// pattern from the text next to it.
fn is_separated(pattern: &str) -> bool {
    let literals: Vec<_> = pattern.split(KEY_PLACEHOLDER).collect();
    literals.windows(2).all(|around_placeholder| {
        let [before, after] = around_placeholder else {
            return true;
        };
        let is_between_placeholders = literals.len() > 2 && before.is_empty() && after.is_empty();
        let last = before.bytes().last();
        let first = after.bytes().next();
        !is_between_placeholders
            && !last.is_some_and(is_raw_key_character)
            && !first.is_some_and(is_raw_key_character)
    })
}

/// Replaces the placeholder in a pattern with the spelled key.
pub(super) fn fill_pattern(pattern: &str, key: &str) -> String {
    pattern.replace(KEY_PLACEHOLDER, key)
}

#[cfg(test)]
mod tests {
    use super::{KeySpelling, TierLocation, is_separated};
    use crate::source::api_key::ApiKey;

    #[test]
    fn a_raw_key_is_letters_and_digits() {
        let spell = |key: &str| KeySpelling::Raw.spell(&ApiKey::new(key));
        for key in ["a", "a-key_7", "0f8fad5b-d9cb-469f-a165-70867728950e"] {
            assert_eq!(spell(key).as_deref(), Some(key));
        }
        for key in [
            "",
            "stats:logins",
            "{x}",
            "{key}",
            "a b",
            "*",
            "a?",
            "[a]",
            "a\0",
            "a\n",
            "a.b",
            "a/b",
            "é",
            "\u{ff1a}",
            "a\\b",
        ] {
            assert_eq!(spell(key), None, "{key:?}");
        }
    }

    #[test]
    fn a_hash_is_the_one_that_other_programs_make() {
        let key = KeySpelling::Sha256.spell(&ApiKey::new("abc"));
        let sum = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(key.as_deref(), Some(sum));
    }

    #[test]
    fn a_raw_key_is_separated_from_the_text_beside_it() {
        for name in [
            "tier:{key}",
            "{key}",
            "{key}:tier",
            "{tiers}:{key}",
            "a.{key}.b",
            "tiers",
        ] {
            assert!(is_separated(name), "{name}");
        }
        for name in [
            "tier{key}",
            "{key}tier",
            "tier-{key}",
            "tier_{key}",
            "a:{key}b",
            "{key}{key}",
        ] {
            assert!(!is_separated(name), "{name}");
        }
    }

    #[test]
    #[should_panic(expected = "the same for every caller")]
    fn a_name_without_the_key() {
        TierLocation::Key("tier:{Key}".into()).check_placeholder();
    }

    #[test]
    #[should_panic(expected = "the whole name of the Redis key")]
    fn a_raw_key_is_not_a_whole_name() {
        TierLocation::Key("{key}".into()).check_raw_key();
    }
}
