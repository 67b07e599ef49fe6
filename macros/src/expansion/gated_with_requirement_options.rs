// Written by the tests of `tiergate-macros`; read it, do not edit it.

::tiergate::__gated! {
    [] [] __tiergate_transmit __tier_of__tiergate_transmit_Pro[Tier] [type Of =
    __tier_of__tiergate_transmit_Pro;] Pro[Takes0] GET 8 2 0 "transmit/x"::core::line!(),
    ::core::file!(); ::tiergate::__private::NeedRecord { versions : &
    [::tiergate::__private::VersionRecord { below : 2u32, rank :
    ::tiergate::__private::version_rank(__tier_of__tiergate_transmit_Pro::Free as
    __tier_of__tiergate_transmit_Pro as ::core::primitive::u32,
    __tier_of__tiergate_transmit_Pro::Pro as __tier_of__tiergate_transmit_Pro as
    ::core::primitive::u32) }, ::tiergate::__private::VersionRecord { below : 3u32, rank
    : ::tiergate::__private::version_rank({ let variant :
    __tier_of__tiergate_transmit_Pro = Plan::Plus; variant as ::core::primitive::u32 },
    __tier_of__tiergate_transmit_Pro::Pro as __tier_of__tiergate_transmit_Pro as
    ::core::primitive::u32) }], enforced :
    ::tiergate::__private::enforced_rank(__tier_of__tiergate_transmit_Pro::Plus as
    __tier_of__tiergate_transmit_Pro as ::core::primitive::u32,
    __tier_of__tiergate_transmit_Pro::Pro as __tier_of__tiergate_transmit_Pro as
    ::core::primitive::u32), has_enforced : true, feature : < <
    __tier_of__tiergate_transmit_Pro as ::tiergate::__private::HasFeatures > ::Features >
    ::Radio as ::core::primitive::u8, rule :
    ::tiergate::__private::needs::TIER_OR_FEATURE, }
}
///
/// Requires the tier `Pro` or the add-on `Radio`. With a plan version below 2, requires the tier `Free`. With a plan version below 3, requires the tier `Plus`. For now, only the tier `Plus` is enforced.
async fn transmit(_: ::tiergate::Guard<__tiergate_transmit>) {}
