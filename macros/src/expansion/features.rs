// Written by the tests of `tiergate-macros`; read it, do not edit it.

const _: () = {
    #[automatically_derived]
    impl Feature {
        #[doc(hidden)]
        fn __tiergate_at(index: ::core::primitive::usize) -> Self {
            match index {
                0usize => Self::Radio,
                _ => Self::BodyCam,
            }
        }
    }
    #[automatically_derived]
    impl ::tiergate::__private::FeatureEnum for Feature {
        const VARIANTS: &'static [Self] = &[Self::Radio, Self::BodyCam];
        const VARIANT_KEYS: &'static [&'static ::core::primitive::str] = &[
            "radio",
            "body_cam",
        ];
        const VARIANT_NAMES: &'static [&'static ::core::primitive::str] = &[
            "Radio",
            "Body camera",
        ];
        #[inline]
        fn position(self) -> ::core::primitive::u8 {
            self as ::core::primitive::u8
        }
    }
    ::tiergate::__if_serde! {
        feature Feature[Self::Radio] "radio"[Self::BodyCam] "body_cam"
    }
};
#[automatically_derived]
#[allow(clippy::same_name_method)]
impl Feature {
    /// Every add-on, in the order of the variants.
    pub const ALL: &'static [Self] = &[Self::Radio, Self::BodyCam];
    /// Returns the add-on's key, as stores and documents contain it.
    #[inline]
    #[must_use]
    pub const fn key(self) -> &'static ::core::primitive::str {
        match self {
            Self::Radio => "radio",
            Self::BodyCam => "body_cam",
        }
    }
    /// Returns the add-on's name, as customers see it.
    #[inline]
    #[must_use]
    pub const fn name(self) -> &'static ::core::primitive::str {
        match self {
            Self::Radio => "Radio",
            Self::BodyCam => "Body camera",
        }
    }
    /// Returns the add-on with this key, or `None` if no add-on has this key. Keys are
    /// case-sensitive.
    #[must_use]
    pub fn from_key(key: &::core::primitive::str) -> ::core::option::Option<Self> {
        ::tiergate::__private::position_of_key(&["radio", "body_cam"], key)
            .map(Self::__tiergate_at)
    }
}
