// Written by the tests of `tiergate-macros`; read it, do not edit it.

::tiergate::__gated_by_feature! {
    [] [pub] __tiergate_start __tier_of__tiergate_start_BodyCam[plans::Plan] [type Of =
    __tier_of__tiergate_start_BodyCam;] [Takes0] POST 5 5 21
    "start/camsStarts a body camera."::core::line!(), ::core::file!(); const {
    ::tiergate::__private::NeedRecord { versions : & [], enforced : 0, has_enforced :
    false, feature : { type __TiergateFeatures = < __tier_of__tiergate_start_BodyCam as
    ::tiergate::__private::FeaturesOf < { ::tiergate::__private::has_features:: <
    __tier_of__tiergate_start_BodyCam > () } >> ::Features; { let __tiergate_variant :
    __TiergateFeatures = plans::Feature::BodyCam; __tiergate_variant as
    ::core::primitive::u8 } }, rule : ::tiergate::__private::needs::FEATURE, } }
}
/// Starts a body camera.
///
/// Requires the add-on `BodyCam`.
pub async fn start(_: ::tiergate::Guard<__tiergate_start>) {}
