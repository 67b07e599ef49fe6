//! Default and written keys and names.
#![allow(non_camel_case_types)]

use tiergate::FeatureSet;

#[derive(Clone, Copy, Debug, PartialEq, tiergate::Feature)]
enum Feature {
    Radio,
    #[add_on(key = "camera", name = "Body camera, \"HD\" \u{2122}")]
    BodyCam,
    GPSTracker,
    HTTP2Push,
    r#type,
    snake_case,
    SHOUTED,
    #[add_on(name = "Größe")]
    #[add_on(key = "x_1__")]
    Size,
}

#[derive(Clone, Copy, tiergate::Feature)]
#[add_on(trait_only)]
#[allow(dead_code)]
enum OnlyTrait {
    Radio,
}

impl OnlyTrait {
    const fn key(self) -> u8 {
        1
    }
}

fn keys<F: tiergate::Feature>() -> Vec<&'static str> {
    F::ALL.iter().map(|feature| feature.key()).collect()
}

const KEY: &str = Feature::GPSTracker.key();
const NAME: &str = Feature::BodyCam.name();
const FIRST: Feature = Feature::ALL[0];

fn main() {
    assert_eq!(
        keys::<Feature>(),
        ["radio", "camera", "gps_tracker", "http2_push", "type", "snake_case", "shouted", "x_1__"]
    );
    assert_eq!(<Feature as tiergate::Feature>::KEYS, keys::<Feature>());
    assert_eq!(keys::<OnlyTrait>(), ["radio"]);
    assert_eq!(OnlyTrait::Radio.key(), 1);
    assert_eq!((KEY, NAME, FIRST), ("gps_tracker", "Body camera, \"HD\" ™", Feature::Radio));
    assert_eq!(Feature::r#type.name(), "type");
    assert_eq!(Feature::Size.name(), "Größe");
    for feature in Feature::ALL {
        assert_eq!(Feature::from_key(feature.key()), Some(*feature));
        assert_eq!(<Feature as tiergate::Feature>::from_key(feature.key()), Some(*feature));
        let text = serde_json::to_string(feature).unwrap();
        assert_eq!(text, format!("\"{}\"", feature.key()));
        assert_eq!(serde_json::from_str::<Feature>(&text).unwrap(), *feature);
    }
    for key in ["Radio", "RADIO", "", "radio ", "body_cam"] {
        assert_eq!(Feature::from_key(key), None);
    }
    let set = FeatureSet::new().with(Feature::Size).with(Feature::Radio);
    assert_eq!(set.iter().collect::<Vec<_>>(), [Feature::Radio, Feature::Size]);
}
