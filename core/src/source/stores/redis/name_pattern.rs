//! Inserts the caller's key into the names of Redis keys and fields.

use crate::source::api_key::{ApiKey, KeyHash, KeyHasher};
use std::sync::Arc;

/// The placeholder for the caller's key in a pattern.
const KEY: &str = "{key}";

/// How the caller's key is written in names.
pub(super) enum Spelling {
    Sha256,
    Hashed(KeyHasher),
    Raw,
}

impl Spelling {
    /// Returns the key as it appears in names, or `None` if the key is not allowed in names.
    pub(super) fn spell(&self, key: &ApiKey) -> Option<String> {
        match self {
            Self::Sha256 => Some(KeyHash::sha256(key).to_hex()),
            Self::Hashed(hasher) => Some(hasher.hash(key).to_hex()),
            Self::Raw => {
                let key = key.expose();
                let is_safe = !key.is_empty() && key.bytes().all(is_of_raw_key);
                is_safe.then(|| key.to_owned())
            }
        }
    }
}

/// Whether a raw key may contain a byte. Bytes that can separate the parts of a name, have a meaning in
/// Redis patterns, or select a cluster slot are not allowed.
fn is_of_raw_key(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// Where Redis stores the tier.
pub(super) enum Place {
    Key(Arc<str>),
    Field {
        key: Arc<str>,
        field: Arc<str>,
        id: Option<Arc<str>>,
    },
}

impl Place {
    /// # Panics
    /// If no name contains the caller's key. All callers would have the same tier.
    pub(super) fn check(self) -> Self {
        let is_of_caller = match &self {
            Self::Key(key) => key.contains(KEY),
            Self::Field { key, field, .. } => key.contains(KEY) || field.contains(KEY),
        };
        assert!(
            is_of_caller,
            "the name of the Redis key is the same for every caller; write `{{key}}` where the API key belongs"
        );
        self
    }

    /// # Panics
    /// If a raw key could extend the text next to it, or be the whole name of a Redis key.
    pub(super) fn check_raw(&self) {
        let (key, fields) = match self {
            Self::Key(key) => (key, [None, None]),
            Self::Field { key, field, id } => (key, [Some(field), id.as_ref()]),
        };
        assert!(
            **key != *KEY,
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

fn is_separated(name: &str) -> bool {
    let parts: Vec<_> = name.split(KEY).collect();
    parts.windows(2).all(|beside| {
        let [before, after] = beside else {
            return true;
        };
        let is_between = parts.len() > 2 && before.is_empty() && after.is_empty();
        let last = before.bytes().last();
        let first = after.bytes().next();
        !is_between && !last.is_some_and(is_of_raw_key) && !first.is_some_and(is_of_raw_key)
    })
}

/// Replaces the placeholder in a pattern with the spelled key.
pub(super) fn fill(pattern: &str, key: &str) -> String {
    pattern.replace(KEY, key)
}

#[cfg(test)]
mod tests {
    use super::{Place, Spelling, is_separated};
    use crate::source::api_key::ApiKey;

    #[test]
    fn a_raw_key_is_letters_and_digits() {
        let spell = |key: &str| Spelling::Raw.spell(&ApiKey::new(key));
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
        let key = Spelling::Sha256.spell(&ApiKey::new("abc"));
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
    #[should_panic(expected = "every caller would have the same tier")]
    fn a_name_without_the_key() {
        Place::Key("tier:{Key}".into()).check();
    }

    #[test]
    #[should_panic(expected = "the whole name of a Redis key")]
    fn a_raw_key_is_not_a_whole_name() {
        Place::Key("{key}".into()).check_raw();
    }
}
