// Written by the tests of `tiergate-macros`; read it, do not edit it.

const _: () = {
    type __Self = Tier;
    #[automatically_derived]
    impl Tier {
        #[doc(hidden)]
        fn __tiergate_at(index: ::core::primitive::usize) -> Self {
            match index {
                0usize => Self::Free,
                _ => Self::Plus,
            }
        }
    }
    #[automatically_derived]
    impl ::tiergate::__private::TierEnum for Tier {
        type FeatureEnum = ::tiergate::NoFeatures;
        const VARIANTS: &'static [Self] = &[Self::Free, Self::Plus];
        const VARIANT_NAMES: &'static [&'static ::core::primitive::str] = &[
            "Free",
            "Plus (yearly)",
        ];
        const VARIANT_ALIASES: &'static [(
            &'static ::core::primitive::str,
            ::core::primitive::usize,
        )] = &[("Plus", 1usize)];
        const DISCRIMINANTS: &'static [::core::primitive::u32] = &[
            Self::Free as ::core::primitive::u32,
            Self::Plus as ::core::primitive::u32,
        ];
        #[inline]
        fn variant_name(self) -> &'static ::core::primitive::str {
            match self {
                Self::Free => "Free",
                Self::Plus => "Plus (yearly)",
            }
        }
        #[inline]
        fn discriminant(self) -> ::core::primitive::u32 {
            self as ::core::primitive::u32
        }
    }
    ::tiergate::__if_serde! {
        Tier(& [("Plus", 1usize)]) [Self::Free] "Free"[Self::Plus] "Plus (yearly)"
    }
};
#[automatically_derived]
#[allow(clippy::same_name_method)]
impl Tier {
    /// Every tier, lowest first.
    pub const ALL: &'static [Self] = &[Self::Free, Self::Plus];
    /// Returns the tier's name, as customers see it.
    #[inline]
    #[must_use]
    pub const fn name(self) -> &'static ::core::primitive::str {
        match self {
            Self::Free => "Free",
            Self::Plus => "Plus (yearly)",
        }
    }
    /// Returns the tier's rank. Higher tiers have higher ranks.
    #[inline]
    #[must_use]
    pub const fn rank(self) -> ::core::primitive::u32 {
        self as ::core::primitive::u32
    }
    /// Returns whether this tier gives the access that `required` gives.
    #[inline]
    #[must_use]
    pub const fn allows(self, required: Self) -> ::core::primitive::bool {
        self as ::core::primitive::u32 >= required as ::core::primitive::u32
    }
    /// Returns the tier with this name, ignoring case. A tier can also be read from its variant's
    /// identifier and its aliases.
    ///
    /// # Errors
    /// Fails if no tier has this name. The error lists every name.
    pub fn from_name(
        name: &::core::primitive::str,
    ) -> ::core::result::Result<Self, ::tiergate::UnknownTier> {
        ::tiergate::__private::index_of_name(
                &["Free", "Plus (yearly)"],
                &[("Plus", 1usize)],
                name,
            )
            .map(Self::__tiergate_at)
    }
    /// Returns the tier with this rank.
    ///
    /// # Errors
    /// Fails if no tier has this rank. The error lists every rank.
    pub fn from_rank(
        rank: ::core::primitive::u32,
    ) -> ::core::result::Result<Self, ::tiergate::UnknownTier> {
        ::tiergate::__private::index_of_rank(
                &["Free", "Plus (yearly)"],
                &[
                    Self::Free as ::core::primitive::u32,
                    Self::Plus as ::core::primitive::u32,
                ],
                rank,
            )
            .map(Self::__tiergate_at)
    }
}
#[automatically_derived]
impl ::core::str::FromStr for Tier {
    type Err = ::tiergate::UnknownTier;
    fn from_str(
        name: &::core::primitive::str,
    ) -> ::core::result::Result<Self, ::tiergate::UnknownTier> {
        Self::from_name(name)
    }
}
#[automatically_derived]
impl ::core::convert::TryFrom<::core::primitive::u32> for Tier {
    type Error = ::tiergate::UnknownTier;
    fn try_from(
        rank: ::core::primitive::u32,
    ) -> ::core::result::Result<Self, ::tiergate::UnknownTier> {
        Self::from_rank(rank)
    }
}
