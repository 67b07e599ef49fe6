//! The keys of add-ons, which stores and documents contain.

use proc_macro2::Ident;
use syn::ext::IdentExt;

/// The length of the longest key, in bytes.
const LONGEST_KEY: usize = 64;

/// Returns the key of a variant without the `key` option: the variant's name in snake case.
pub(crate) fn default_key(variant: &Ident) -> String {
    let name: Vec<char> = variant.unraw().to_string().chars().collect();
    let mut key = String::new();
    for (index, &letter) in name.iter().enumerate() {
        if letter.is_uppercase() && starts_word(&name, index) {
            key.push('_');
        }
        key.extend(letter.to_lowercase());
    }
    key
}

/// Returns whether the upper-case letter at this index starts a word that isn't the first word. The
/// last letter of `GPST` in `GPSTracker` starts a word, because a lower-case letter follows it.
fn starts_word(name: &[char], index: usize) -> bool {
    let Some(previous) = index.checked_sub(1).map(|previous| name[previous]) else {
        return false;
    };
    let is_before_lower_case = name.get(index + 1).is_some_and(|next| next.is_lowercase());
    previous != '_' && (!previous.is_uppercase() || is_before_lower_case)
}

/// Returns whether a key is in its canonical form.
pub(super) fn is_valid_key(key: &str) -> bool {
    key.len() <= LONGEST_KEY
        && key.starts_with(|first: char| first.is_ascii_lowercase())
        && key
            .chars()
            .all(|other| matches!(other, 'a'..='z' | '0'..='9' | '_'))
}

/// Returns the variant in whose default key this text would be, such as `BodyCam` for `body_cam`. Error
/// messages suggest this variant.
pub(crate) fn variant_of_key(key: &str) -> Option<String> {
    let is_identifier = |text: &str| syn::parse_str::<Ident>(text).is_ok();
    let words = key.split(['_', '-', ' ']).map(|word| {
        let mut letters = word.chars();
        let first_letter = letters.next().into_iter().flat_map(char::to_uppercase);
        first_letter.chain(letters).collect::<String>()
    });
    Some(words.collect::<String>()).filter(|variant| is_identifier(variant))
}

#[cfg(test)]
mod tests {
    use super::{default_key, is_valid_key, variant_of_key};
    use quote::format_ident;

    #[test]
    fn the_default_key_is_in_snake_case() {
        for (variant, key) in [
            ("Radio", "radio"),
            ("BodyCam", "body_cam"),
            ("GPSTracker", "gps_tracker"),
            ("LiveGPS", "live_gps"),
            ("GPS", "gps"),
            ("Cam2", "cam2"),
            ("HTTP2Server", "http2_server"),
            ("Body_Cam", "body_cam"),
            ("BODY_CAM", "body_cam"),
            ("body_cam", "body_cam"),
            ("X", "x"),
            ("ÄrzteNotruf", "ärzte_notruf"),
        ] {
            assert_eq!(default_key(&format_ident!("{variant}")), key);
        }
        assert_eq!(default_key(&format_ident!("r#type")), "type");
        assert_eq!(default_key(&format_ident!("r#Type")), "type");
    }

    #[test]
    fn only_canonical_keys_are_valid() {
        let longest = "a".repeat(64);
        for key in ["a", "radio", "body_cam", "cam_2", "a__b_", &longest] {
            assert!(is_valid_key(key), "{key}");
        }
        let too_long = "a".repeat(65);
        for key in [
            "", "Radio", "2cam", "_cam", "body-cam", "body cam", "größe", " a", "a\n", &too_long,
        ] {
            assert!(!is_valid_key(key), "{key}");
        }
    }

    #[test]
    fn a_variant_is_suggested_for_a_key() {
        for (key, variant) in [
            ("radio", Some("Radio")),
            ("body_cam", Some("BodyCam")),
            ("Body camera", Some("BodyCamera")),
            ("BodyCam", Some("BodyCam")),
            ("", None),
            ("a/b", None),
            ("2cam", None),
        ] {
            assert_eq!(variant_of_key(key).as_deref(), variant, "{key}");
        }
    }
}
