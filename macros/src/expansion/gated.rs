// Written by the tests of `tiergate-macros`; read it, do not edit it.

::tiergate::__gated! {
    [] [pub] __tiergate_new_dispatch __tier_of__tiergate_new_dispatch_Plus[Tier] [type Of
    = __tier_of__tiergate_new_dispatch_Plus;] Plus[Takes2] POST 12 23 24
    "new_dispatch/emergency/new_dispatchCreates a dispatch call."::core::line!(),
    ::core::file!()
}
/// Creates a dispatch call.
///
/// Its number is in the answer.
///
/// Requires the tier `Plus`.
pub async fn new_dispatch(
    _: ::tiergate::Guard<__tiergate_new_dispatch>,
    State(cad): State<Cad>,
    Json(call): Json<NewCall>,
) -> Result<String, CadError> {
    cad.new_dispatch(call).await
}
