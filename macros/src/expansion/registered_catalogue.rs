// Written by the tests of `tiergate-macros`; read it, do not edit it.

#[automatically_derived]
impl ::tiergate::Catalogue for Everything {
    type Tier = Tier;
    fn endpoints() -> &'static [::tiergate::Endpoint] {
        static REGISTERED: ::tiergate::__private::Registered = ::tiergate::__private::Registered::new();
        REGISTERED.of::<Self>()
    }
}
