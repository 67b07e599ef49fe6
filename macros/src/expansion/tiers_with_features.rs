// Written by the tests of `tiergate-macros`; read it, do not edit it.

const _: () = {
    type __Self = Tier;
    #[automatically_derived]
    impl Tier {
        #[doc(hidden)]
        fn __tiergate_at(index: ::core::primitive::usize) -> Self {
            match index {
                _ => Self::Free,
            }
        }
    }
    #[automatically_derived]
    impl ::tiergate::__private::TierEnum for Tier {
        type FeatureEnum = <Self as ::tiergate::__private::HasFeatures>::Features;
        const VARIANTS: &'static [Self] = &[Self::Free];
        const VARIANT_NAMES: &'static [&'static ::core::primitive::str] = &["Free"];
        const VARIANT_ALIASES: &'static [(
            &'static ::core::primitive::str,
            ::core::primitive::usize,
        )] = &[];
        const DISCRIMINANTS: &'static [::core::primitive::u32] = &[
            Self::Free as ::core::primitive::u32,
        ];
        #[inline]
        fn variant_name(self) -> &'static ::core::primitive::str {
            match self {
                Self::Free => "Free",
            }
        }
        #[inline]
        fn discriminant(self) -> ::core::primitive::u32 {
            self as ::core::primitive::u32
        }
    }
    #[automatically_derived]
    impl ::tiergate::__private::HasFeatures for Tier {
        type Features = plans::Feature;
    }
    ::tiergate::__if_serde! {
        Tier(& []) [Self::Free] "Free"
    }
};
