// Written by the tests of `tiergate-macros`; read it, do not edit it.

const _: () = {
    static REGISTERED: ::tiergate::__private::Registered = ::tiergate::__private::Registered::new();
    #[automatically_derived]
    impl ::tiergate::__private::DerivedCatalogue for Everything {}
    #[automatically_derived]
    impl ::tiergate::Catalogue for Everything {
        type Tier = Tier;
        fn endpoints() -> &'static [::tiergate::Endpoint] {
            REGISTERED.endpoints::<Self>()
        }
        fn __routes() -> ::tiergate::__private::Routes {
            REGISTERED.routes::<Self>()
        }
    }
};
