//! The largest feature enum.
use tiergate::{Catalogue, FeatureSet, requires_feature};

#[derive(Clone, Copy, Debug, PartialEq, tiergate::Feature)]
#[repr(i64)]
pub enum Feature {
    F0,
    F1,
    F2,
    F3,
    F4,
    F5,
    F6,
    F7,
    F8,
    F9,
    F10,
    F11,
    F12,
    F13,
    F14,
    F15,
    F16,
    F17,
    F18,
    F19,
    F20,
    F21,
    F22,
    F23,
    F24,
    F25,
    F26,
    F27,
    F28,
    F29,
    F30,
    F31,
    F32,
    F33,
    F34,
    F35,
    F36,
    F37,
    F38,
    F39,
    F40,
    F41,
    F42,
    F43,
    F44,
    F45,
    F46,
    F47,
    F48,
    F49,
    F50,
    F51,
    F52,
    F53,
    F54,
    F55,
    F56,
    F57,
    F58,
    F59,
    F60,
    F61,
    F62,
    F63,
}

#[derive(Clone, Copy, tiergate::Tier)]
#[tier(features = Feature)]
pub enum Tier {
    Free,
}

#[requires_feature(F63)]
fn last() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(last))]
struct Api;

fn main() {
    let need = Api::ENDPOINTS[0].need().unwrap();
    assert_eq!((need.feature_key(), need.feature_name()), (Some("f63"), Some("F63")));
    assert_eq!(Feature::ALL.len(), 64);
    let all = FeatureSet::from_iter(Feature::ALL.iter().copied());
    assert_eq!(all.len(), 64);
    assert!(FeatureSet::new().with(Feature::F63).contains(Feature::F63));
    assert!(!all.without_last().contains(Feature::F63));
    let _ = Tier::Free;
}

trait WithoutLast {
    fn without_last(self) -> Self;
}

impl WithoutLast for FeatureSet<Feature> {
    fn without_last(self) -> Self {
        self.iter().take(63).collect()
    }
}
