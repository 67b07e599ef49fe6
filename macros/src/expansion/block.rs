// Written by the tests of `tiergate-macros`; read it, do not edit it.

::tiergate::__needs_poem! {}
::tiergate::__gated! {
    [] [] __tiergate_Dispatch_call_1472c3f0
    __tier_of__tiergate_Dispatch_call_1472c3f0_Plus[Tier] [type Of =
    __tier_of__tiergate_Dispatch_call_1472c3f0_Plus;] Plus[Takes2] GET 4 14 22
    "call/dispatch/{id}Reads a dispatch call."::core::line!(), ::core::file!()
}
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
        _guard: ::tiergate::Guard<__tiergate_Dispatch_call_1472c3f0>,
        id: Path<u32>,
    ) -> PlainText<String> {
        self.store.call(id.0).await
    }
}
const _: () = {
    #[allow(unused_imports)]
    use requires_tier as _;
};
