// Written by the tests of `tiergate-macros`; read it, do not edit it.

#[OpenApi]
impl<S: Store> Dispatch<S> {
    const LIMIT: usize = { 100 };
    fn open(&self) {}
    /// Reads a dispatch call.
    #[oai(path = "/dispatch/:id", method = "get")]
    ///
    /// Requires the tier `Plus`.
    async fn call(
        &self,
        _guard: ::tiergate::Guard<__tiergate_gated_Dispatch_call>,
        id: Path<u32>,
    ) -> PlainText<String> {
        self.store.call(id.0).await
    }
}
const _: () = {
    #[allow(unused_imports)]
    use requires_tier as _;
};
::tiergate::__needs_poem! {}
#[doc(hidden)]
enum __tiergate_gated_Dispatch_call {}
const _: () = {
    type Required = Tier;
    impl ::tiergate::Gated for __tiergate_gated_Dispatch_call {
        type Tier = Required;
        type Form = ::tiergate::__private::Plain;
        const REQUIRED: Required = Required::Plus;
        const ENDPOINT: &'static ::tiergate::Endpoint = &ENDPOINT;
    }
    #[::tiergate::__private::linkme::distributed_slice(::tiergate::__private::ENDPOINTS)]
    #[linkme(crate = ::tiergate::__private::linkme)]
    static ENDPOINT: ::tiergate::Endpoint = ::tiergate::__private::endpoint(
        "call",
        ::core::option::Option::Some((
            ::tiergate::__private::Method::Get,
            "/dispatch/{id}",
        )),
        ::tiergate::__private::required::<
            __tiergate_gated_Dispatch_call,
        >(
            <__tiergate_gated_Dispatch_call as ::tiergate::Gated>::REQUIRED
                as ::core::primitive::u32,
        ),
        ::tiergate::__private::Source {
            module: ::core::module_path!(),
            file: ::core::file!(),
            line: ::core::line!(),
        },
        "Reads a dispatch call.",
    );
};
