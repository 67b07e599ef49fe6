//! Writes and reads the requirements in a lock file's lines, such as `or_feature radio enforced Free`.

use super::words::{ENFORCED, FEATURE, OR_FEATURE, UNTIL_VERSION, Word, to_word};
use crate::endpoint::need::FeatureRule;
use crate::snapshot::need_row::{FeatureRow, NeedRow, RequiredTier, VersionRow};

/// Returns the word for the required tier, which is `-` if only an add-on is required.
pub(super) fn tier_word(need: &NeedRow) -> String {
    let tier = need.tier.as_ref();
    tier.map_or_else(|| "-".to_owned(), |tier| to_word(&tier.name))
}

/// Adds the options of a requirement, with the same names as in the attribute.
pub(super) fn push_options(words: &mut Vec<String>, need: &NeedRow) {
    if let Some(feature) = &need.feature {
        let option = match need.rule {
            FeatureRule::OrTier => OR_FEATURE,
            _ => FEATURE,
        };
        words.extend([option.to_owned(), to_word(&feature.key)]);
    }
    for version in &need.versions {
        let (below, tier) = (version.below.to_string(), to_word(&version.tier.name));
        words.extend([UNTIL_VERSION.to_owned(), below, tier]);
    }
    if let Some(tier) = &need.enforced {
        words.extend([ENFORCED.to_owned(), to_word(&tier.name)]);
    }
}

/// Returns a requirement without options. `Declared::complete` fills in the tier's rank.
pub(super) fn need_of_tier(tier: &Word) -> NeedRow {
    NeedRow {
        tier: tier.unless_missing().map(without_rank),
        feature: None,
        rule: FeatureRule::NoFeature,
        versions: Vec::new(),
        enforced: None,
    }
}

/// Reads one option of a requirement from the start of the words. Returns the remaining words, or `None` if
/// the words don't start with such an option.
pub(super) fn read_option<'w>(
    need: &mut NeedRow,
    words: &'w [Word],
) -> Result<Option<&'w [Word]>, String> {
    let [option, values @ ..] = words else {
        return Ok(None);
    };
    Ok(match (option.option_name(), values) {
        (Some(name @ (FEATURE | OR_FEATURE)), [key, rest @ ..]) if need.feature.is_none() => {
            need.rule = match (name, &need.tier) {
                (FEATURE, None) => FeatureRule::FeatureOnly,
                (FEATURE, Some(_)) => FeatureRule::AndTier,
                _ => FeatureRule::OrTier,
            };
            // The name is only in the line that declares the add-on. `Declared::complete` fills in the
            // name.
            need.feature = Some(FeatureRow {
                key: key.text.clone(),
                name: String::new(),
            });
            Some(rest)
        }
        (Some(UNTIL_VERSION), [below, tier, rest @ ..]) => {
            let below = below
                .text
                .parse()
                .map_err(|_| format!("expected a plan version, found {:?}", below.text))?;
            let tier = without_rank(tier.text.clone());
            need.versions.push(VersionRow { below, tier });
            Some(rest)
        }
        (Some(ENFORCED), [tier, rest @ ..]) if need.enforced.is_none() => {
            need.enforced = Some(without_rank(tier.text.clone()));
            Some(rest)
        }
        _ => None,
    })
}

/// Returns a tier whose rank `Declared::complete` fills in.
fn without_rank(name: String) -> RequiredTier {
    RequiredTier { name, rank: 0 }
}
