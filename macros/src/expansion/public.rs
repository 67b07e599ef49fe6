// Written by the tests of `tiergate-macros`; read it, do not edit it.

::tiergate::__public! {
    [] [pub (crate)] __tiergate_health 29 GET 6 7 0
    "health/healthhealth checks have no account"::core::line!(), ::core::file!()
}
///
/// Public endpoint: health checks have no account
pub(crate) async fn health() -> &'static str {
    "ok"
}
