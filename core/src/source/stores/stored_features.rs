//! Reads add-ons from stores.

use crate::access::caller::Caller;
use crate::source::api_key::ApiKey;
use crate::tier::Tier;
use crate::tier::feature::Feature;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// The maximum number of unknown add-ons that one source logs.
const MAX_LOGGED: usize = 64;

/// The maximum length of an unknown add-on's key that logs show.
const MAX_SHOWN_LENGTH: usize = 32;

/// Splits a list of add-ons: keys separated by commas, or a JSON array of texts. Returns `None` if the
/// text is neither.
pub(super) fn split_features(text: &str) -> Option<Vec<String>> {
    let text = text.trim_matches(' ');
    match text.bytes().next() {
        None => Some(Vec::new()),
        Some(b'[') => serde_json::from_str(text).ok(),
        // The text of a PostgreSQL array, or a JSON object.
        Some(b'{') => None,
        Some(_) => text
            .split(',')
            .map(|key| key.trim_matches(' '))
            .map(|key| (!key.is_empty()).then(|| key.to_owned()))
            .collect(),
    }
}

/// The unknown add-ons that a source has already logged.
#[derive(Default)]
pub(super) struct UnknownFeatures(Mutex<BTreeSet<String>>);

impl UnknownFeatures {
    /// Adds the add-ons with these keys to the caller. Ignores keys that the program doesn't define,
    /// and logs each of them once.
    pub(super) fn add_known<T: Tier>(
        &self,
        caller: Caller<T>,
        features: &[String],
        key: &ApiKey,
    ) -> Caller<T> {
        let known = features.iter().filter_map(|feature| {
            let known = T::Features::from_key(feature);
            if known.is_none() {
                self.log_once(feature, key);
            }
            known
        });
        caller.with_features(known)
    }

    fn log_once(&self, feature: &str, key: &ApiKey) {
        let shown = if can_be_shown(feature, key) {
            feature
        } else {
            ""
        };
        let mut logged = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if logged.len() >= MAX_LOGGED || !logged.insert(shown.to_owned()) {
            return;
        }
        match shown {
            "" => tracing::warn!(
                "a caller has an add-on that this program doesn't define; its key isn't shown, because it \
                 may be a secret: it isn't in snake case, or it is too long"
            ),
            shown => tracing::warn!(
                feature = ?shown,
                "a caller has an add-on that this program doesn't define"
            ),
        }
        if logged.len() == MAX_LOGGED {
            tracing::warn!("further add-ons that this program doesn't define are not logged");
        }
    }
}

/// Returns whether logs may show a key of an add-on. If a query returns its columns in the wrong order,
/// the text may be an API key instead. A key in hexadecimal starts with a digit.
fn can_be_shown(feature: &str, key: &ApiKey) -> bool {
    let is_in_snake_case = feature.starts_with(|first: char| first.is_ascii_lowercase())
        && feature
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    let is_part_of_key = |key: &str| key.contains(feature) || feature.contains(key);
    feature.len() <= MAX_SHOWN_LENGTH
        && is_in_snake_case
        && !is_part_of_key(key.expose())
        && !is_part_of_key(&key.expose().to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::{MAX_LOGGED, UnknownFeatures, can_be_shown, split_features};
    use crate as tiergate;
    use crate::access::caller::Caller;
    use crate::source::api_key::ApiKey;

    #[derive(Clone, Copy, Debug, PartialEq, tiergate::Feature)]
    #[add_on(crate = tiergate)]
    enum Feature {
        Radio,
        BodyCam,
    }

    #[derive(Clone, Copy, Debug, PartialEq, tiergate::Tier)]
    #[tier(crate = tiergate, features = Feature)]
    enum Tier {
        Free,
    }

    #[test]
    fn a_list_is_separated_by_commas_or_json() {
        for (text, expected) in [
            ("", Some(vec![])),
            (" ", Some(vec![])),
            ("[]", Some(vec![])),
            ("radio", Some(vec!["radio"])),
            ("radio,body_cam", Some(vec!["radio", "body_cam"])),
            (" radio , body_cam ", Some(vec!["radio", "body_cam"])),
            (
                r#"["radio", "body\u005fcam"]"#,
                Some(vec!["radio", "body_cam"]),
            ),
            (r#"["a,b"]"#, Some(vec!["a,b"])),
            (",", None),
            ("radio,", None),
            ("radio,,body_cam", None),
            ("{radio,body_cam}", None),
            (r#"{"radio": true}"#, None),
            (r#"["radio", null]"#, None),
            (r#"["radio", 1]"#, None),
            (r#"["radio""#, None),
            (r#"["radio"] x"#, None),
        ] {
            let expected: Option<Vec<String>> =
                expected.map(|keys: Vec<&str>| keys.into_iter().map(str::to_owned).collect());
            assert_eq!(split_features(text), expected, "{text}");
        }
        assert_eq!(split_features(&"[".repeat(100_000)), None);
    }

    #[test]
    fn a_text_that_may_be_a_secret_is_not_shown() {
        let key = ApiKey::new("S3cret_key");
        for shown in ["radio", "body_cam", "lte4"] {
            assert!(can_be_shown(shown, &key), "{shown}");
        }
        let long = "a".repeat(33);
        for hidden in [
            "",
            "S3cret_key",
            "s3cret_key",
            "s3cret",
            "cret",
            "my_s3cret_key_2",
            "a\nb",
            "<script>",
            "UzNjcmV0",
            "533363726574",
            &long,
        ] {
            assert!(!can_be_shown(hidden, &key), "{hidden}");
        }
    }

    #[test]
    fn the_number_of_logged_keys_is_limited() {
        let (unknown, key) = (UnknownFeatures::default(), ApiKey::new("a-key"));
        for number in 0..2 * MAX_LOGGED {
            let features = [format!("drone_{number}"), "radio".to_owned()];
            let caller = unknown.add_known(Caller::new(Tier::Free), &features, &key);
            assert!(caller.features().contains(Feature::Radio));
            assert!(!caller.features().contains(Feature::BodyCam));
        }
        assert_eq!(unknown.0.lock().unwrap().len(), MAX_LOGGED);
    }
}
