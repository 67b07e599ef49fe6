//! Describes requirements in a few words, such as `Plus + Radio`.

use crate::endpoint::need::FeatureRule;
use crate::snapshot::need_row::NeedRow;

impl NeedRow {
    /// Returns the required tier and add-on, such as `Plus + Radio`, `Plus or Radio`, or `Radio`.
    /// `escape` escapes a name for the document.
    pub(crate) fn text(&self, escape: impl Fn(&str) -> String) -> String {
        let tier = self.tier.as_ref().map(|tier| tier.name.as_str());
        self.text_with_tier(tier, escape)
    }

    /// Returns the same text as `text`, but with another required tier.
    pub(crate) fn text_with_tier(
        &self,
        tier: Option<&str>,
        escape: impl Fn(&str) -> String,
    ) -> String {
        let feature = self.feature.as_ref().map(|feature| escape(&feature.name));
        match (tier, feature) {
            (Some(tier), Some(feature)) if self.rule == FeatureRule::OrTier => {
                format!("{} or {feature}", escape(tier))
            }
            (Some(tier), Some(feature)) => format!("{} + {feature}", escape(tier)),
            (Some(tier), None) => escape(tier),
            (None, feature) => feature.unwrap_or_default(),
        }
    }

    /// Describes what customers with an older plan version need, such as `Free with a plan version below
    /// 3`. Returns a text for each plan version, oldest version first.
    pub(crate) fn version_texts(&self, escape: impl Fn(&str) -> String) -> Vec<String> {
        let versions = self.versions.iter();
        let texts = versions.map(|version| {
            let access = self.text_with_tier(Some(&version.tier.name), &escape);
            format!("{access} with a plan version below {}", version.below)
        });
        texts.collect()
    }

    /// Returns the whole requirement in the form that customers read, such as `Pro (Plus with a plan
    /// version below 3)`. The text omits the tier that is enforced for now.
    pub(crate) fn declared_text(&self, escape: impl Fn(&str) -> String) -> String {
        self.text_with_details(&self.version_texts(&escape), &escape)
    }

    /// Returns the requirement, followed by details in parentheses.
    pub(crate) fn text_with_details(
        &self,
        details: &[String],
        escape: impl Fn(&str) -> String,
    ) -> String {
        if details.is_empty() {
            self.text(escape)
        } else {
            format!("{} ({})", self.text(escape), details.join("; "))
        }
    }
}
