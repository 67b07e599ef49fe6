// Written by the tests of `tiergate-macros`; read it, do not edit it.

/// Creates a dispatch call.
///
/// Its number is in the answer.
///
/// Requires the tier `Plus`.
pub async fn new_dispatch(
    _: ::tiergate::Guard<__tiergate_gated_new_dispatch>,
    State(cad): State<Cad>,
    Json(call): Json<NewCall>,
) -> Result<String, CadError> {
    cad.new_dispatch(call).await
}
#[doc(hidden)]
pub enum __tiergate_gated_new_dispatch {}
const _: () = {
    type Required = Tier;
    impl ::tiergate::Gated for __tiergate_gated_new_dispatch {
        type Tier = Required;
        type Form = ::tiergate::__private::Plain;
        const REQUIRED: Required = Required::Plus;
        const ENDPOINT: &'static ::tiergate::Endpoint = &ENDPOINT;
    }
    #[::tiergate::__private::linkme::distributed_slice(::tiergate::__private::ENDPOINTS)]
    #[linkme(crate = ::tiergate::__private::linkme)]
    static ENDPOINT: ::tiergate::Endpoint = ::tiergate::__private::endpoint(
        "new_dispatch",
        ::core::option::Option::Some((
            ::tiergate::__private::Method::Post,
            "/emergency/new_dispatch",
        )),
        ::tiergate::__private::required::<
            __tiergate_gated_new_dispatch,
        >(
            <__tiergate_gated_new_dispatch as ::tiergate::Gated>::REQUIRED
                as ::core::primitive::u32,
        ),
        ::tiergate::__private::Source {
            module: ::core::module_path!(),
            file: ::core::file!(),
            line: ::core::line!(),
        },
        "Creates a dispatch call.",
    );
};
