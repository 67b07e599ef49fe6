// Written by the tests of `tiergate-macros`; read it, do not edit it.

::tiergate::__gated! {
    [] [] __tiergate_transmit __tier_of__tiergate_transmit_Pro[Tier] [type Of =
    __tier_of__tiergate_transmit_Pro;] Pro[Takes0] GET 8 2 0 "transmit/x"::core::line!(),
    ::core::file!(); const { ::tiergate::__private::NeedRecord { versions : & [const {
    ::tiergate::__private::VersionRecord { below : 2u32, rank :
    ::tiergate::__private::version_rank({ let __tiergate_variant :
    __tier_of__tiergate_transmit_Pro = __tier_of__tiergate_transmit_Pro::Free;
    __tiergate_variant as ::core::primitive::u32 }, { let __tiergate_variant :
    __tier_of__tiergate_transmit_Pro = __tier_of__tiergate_transmit_Pro::Pro;
    __tiergate_variant as ::core::primitive::u32 }) } }, const {
    ::tiergate::__private::VersionRecord { below : 3u32, rank :
    ::tiergate::__private::version_rank({ let __tiergate_variant :
    __tier_of__tiergate_transmit_Pro = Plan::Plus; __tiergate_variant as
    ::core::primitive::u32 }, { let __tiergate_variant : __tier_of__tiergate_transmit_Pro
    = __tier_of__tiergate_transmit_Pro::Pro; __tiergate_variant as ::core::primitive::u32
    }) } }], enforced : ::tiergate::__private::enforced_rank({ let __tiergate_variant :
    __tier_of__tiergate_transmit_Pro = __tier_of__tiergate_transmit_Pro::Plus;
    __tiergate_variant as ::core::primitive::u32 }, { let __tiergate_variant :
    __tier_of__tiergate_transmit_Pro = __tier_of__tiergate_transmit_Pro::Pro;
    __tiergate_variant as ::core::primitive::u32 }), has_enforced : true, feature : {
    type __TiergateFeatures = < __tier_of__tiergate_transmit_Pro as
    ::tiergate::__private::FeaturesOf < { ::tiergate::__private::has_features:: <
    __tier_of__tiergate_transmit_Pro > () } >> ::Features; { let __tiergate_variant :
    __TiergateFeatures = __TiergateFeatures::Radio; __tiergate_variant as
    ::core::primitive::u8 } }, rule : ::tiergate::__private::needs::TIER_OR_FEATURE, } }
}
///
/// Requires the tier `Pro` or the add-on `Radio`. With a plan version below 2, requires the tier `Free`. With a plan version below 3, requires the tier `Plus`. For now, only the tier `Plus` is enforced.
async fn transmit(_: ::tiergate::Guard<__tiergate_transmit>) {}
