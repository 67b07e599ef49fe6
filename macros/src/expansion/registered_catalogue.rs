// Written by the tests of `tiergate-macros`; read it, do not edit it.

::tiergate::__needs_quota! {
    quota
}
const _: () = {
    const _: &[::tiergate::__private::PolicyRecord] = <Everything as ::tiergate::Catalogue>::__QUOTA;
    static REGISTERED: ::tiergate::__private::Registered = ::tiergate::__private::Registered::new();
    #[automatically_derived]
    impl ::tiergate::__private::DerivedCatalogue for Everything {}
    #[automatically_derived]
    impl ::tiergate::Catalogue for Everything {
        type Tier = Tier;
        const __QUOTA: &'static [::tiergate::__private::PolicyRecord] = {
            type __TiergateTier = Tier;
            let __tiergate_policy_0 = ::tiergate::__private::PolicyRecord {
                windows: &[
                    ::tiergate::__private::WindowRecord {
                        amount: 100u32,
                        seconds: 86400u32,
                    },
                ],
                rank: ::tiergate::__private::tiers_of::<Everything>().lowest_rank(),
                unlimited: false,
            };
            &[__tiergate_policy_0]
        };
        fn endpoints() -> &'static [::tiergate::Endpoint] {
            REGISTERED.endpoints::<Self>()
        }
        fn events() -> &'static [::tiergate::Endpoint] {
            REGISTERED.events::<Self>()
        }
        fn __routes() -> ::tiergate::__private::Routes {
            REGISTERED.routes::<Self>()
        }
    }
};
