// Written by the tests of `tiergate-macros`; read it, do not edit it.

///
/// Open to everybody: health checks have no account
pub(crate) async fn health() -> &'static str {
    "ok"
}
#[doc(hidden)]
pub(crate) enum __tiergate_open_health {}
const _: () = {
    impl ::tiergate::__private::Open for __tiergate_open_health {
        const ENDPOINT: &'static ::tiergate::Endpoint = &ENDPOINT;
    }
    #[::tiergate::__private::linkme::distributed_slice(::tiergate::__private::ENDPOINTS)]
    #[linkme(crate = ::tiergate::__private::linkme)]
    static ENDPOINT: ::tiergate::Endpoint = ::tiergate::__private::endpoint(
        "health",
        ::core::option::Option::Some((::tiergate::__private::Method::Get, "/health")),
        ::tiergate::__private::open("health checks have no account"),
        ::tiergate::__private::Source {
            module: ::core::module_path!(),
            file: ::core::file!(),
            line: ::core::line!(),
        },
        "",
    );
};
