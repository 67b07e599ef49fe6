// Written by the tests of `tiergate-macros`; read it, do not edit it.

::tiergate::__needs_quota! {
    quota
}
const _: () = {
    const COUNT: ::core::primitive::usize = 0usize
        + <civilian::Civilian as ::tiergate::__private::Listed<Tier>>::ENDPOINTS.len();
    const SLOTS: ::core::primitive::usize = ::tiergate::__private::slots(COUNT);
    static ENDPOINTS: [::tiergate::Endpoint; COUNT] = {
        let mut list = ::tiergate::__private::List::<{ COUNT }>::new(0usize);
        list.include(
            <civilian::Civilian as ::tiergate::__private::Listed<Tier>>::ENDPOINTS,
        );
        list.endpoints
    };
    #[allow(long_running_const_eval)]
    const TABLE: ::tiergate::__private::Table<{ COUNT }, { SLOTS }> = {
        let mut table = ::tiergate::__private::Table::<
            { COUNT },
            { SLOTS },
        >::new(&ENDPOINTS, 0usize);
        table
            .include(
                <civilian::Civilian as ::tiergate::__private::Listed<Tier>>::ENDPOINTS
                    .len(),
            );
        table
    };
    static INDEX: [::core::primitive::u32; SLOTS] = TABLE.slots;
    static SHAPES: [::tiergate::__private::Shape; TABLE.shape_count] = TABLE.shapes();
    const EVENT_LISTS: ::tiergate::__private::EventLists = &[
        <civilian::Civilian as ::tiergate::__private::Listed<Tier>>::EVENTS,
    ];
    const EVENT_COUNT: ::core::primitive::usize = ::tiergate::__private::event_count(
        EVENT_LISTS,
    );
    static EVENTS: [::tiergate::Endpoint; EVENT_COUNT] = ::tiergate::__private::joined_events::<
        { EVENT_COUNT },
    >(EVENT_LISTS);
    const _: () = {
        let mut __tiergate_names = ::tiergate::__private::EventNames::<
            { EVENT_COUNT },
            { ::tiergate::__private::slots(EVENT_COUNT) },
        >::new(&EVENTS, EVENT_LISTS);
        __tiergate_names.add(0usize);
    };
    #[automatically_derived]
    impl ::tiergate::__private::Listed<Tier> for Api {
        type This = Api;
        const ENDPOINTS: &'static [::tiergate::Endpoint] = &ENDPOINTS;
        const EVENTS: &'static [::tiergate::Endpoint] = &EVENTS;
        fn routes() -> ::tiergate::__private::Routes {
            TABLE.routes(&INDEX, &SHAPES)
        }
    }
    #[automatically_derived]
    impl ::tiergate::__private::DerivedCatalogue for Api {}
    #[automatically_derived]
    impl ::tiergate::Catalogue for Api {
        type Tier = Tier;
        const __QUOTA: &'static [::tiergate::__private::PolicyRecord] = {
            type __TiergateTier = Tier;
            let __tiergate_policy_0 = ::tiergate::__private::first_policy(
                ::tiergate::__private::PolicyRecord {
                    windows: &[
                        ::tiergate::__private::WindowRecord {
                            amount: 100u32,
                            seconds: 86400u32,
                        },
                    ],
                    rank: {
                        let __tiergate_variant: __TiergateTier = __TiergateTier::Free;
                        __tiergate_variant as ::core::primitive::u32
                    },
                    unlimited: false,
                },
                ::tiergate::__private::tiers_of::<Api>().lowest_rank(),
                ::tiergate::__private::tiers_of::<Api>(),
            );
            let __tiergate_policy_1 = ::tiergate::__private::next_policy(
                ::tiergate::__private::PolicyRecord {
                    windows: &[
                        ::tiergate::__private::WindowRecord {
                            amount: 60u32,
                            seconds: 60u32,
                        },
                        ::tiergate::__private::WindowRecord {
                            amount: 5000u32,
                            seconds: 86400u32,
                        },
                    ],
                    rank: {
                        let __tiergate_variant: __TiergateTier = __TiergateTier::Plus;
                        __tiergate_variant as ::core::primitive::u32
                    },
                    unlimited: false,
                },
                &__tiergate_policy_0,
                "",
                ::tiergate::__private::tiers_of::<Api>(),
            );
            &[__tiergate_policy_0, __tiergate_policy_1]
        };
        fn endpoints() -> &'static [::tiergate::Endpoint] {
            <Self as ::tiergate::__private::Listed<Tier>>::ENDPOINTS
        }
        fn events() -> &'static [::tiergate::Endpoint] {
            <Self as ::tiergate::__private::Listed<Tier>>::EVENTS
        }
        fn __routes() -> ::tiergate::__private::Routes {
            <Self as ::tiergate::__private::Listed<Tier>>::routes()
        }
    }
    const _: () = {
        ::tiergate::__private::assert_no_quota(
            <<civilian::Civilian as ::tiergate::__private::Listed<
                Tier,
            >>::This as ::tiergate::Catalogue>::__QUOTA,
        );
        ::tiergate::__private::assert_affordable(
            <Api as ::tiergate::Catalogue>::__QUOTA,
            0usize,
            &ENDPOINTS,
            ::tiergate::__private::tiers_of::<Api>(),
        );
        ::tiergate::__private::assert_affordable(
            <Api as ::tiergate::Catalogue>::__QUOTA,
            1usize,
            &ENDPOINTS,
            ::tiergate::__private::tiers_of::<Api>(),
        );
    };
};
#[automatically_derived]
impl Api {
    /// Every endpoint of this catalogue, in the order of its lists.
    pub const ENDPOINTS: &'static [::tiergate::Endpoint] = <Api as ::tiergate::__private::Listed<
        Tier,
    >>::ENDPOINTS;
    /// Every event of this catalogue, in the order of its lists.
    pub const EVENTS: &'static [::tiergate::Endpoint] = <Api as ::tiergate::__private::Listed<
        Tier,
    >>::EVENTS;
}

// With the feature `axum`:

#[automatically_derived]
impl<__State> ::tiergate::__private::axum::Mounted<__State> for Api
where
    (): ::tiergate::__private::axum::IsState<__State>,
{
    fn router() -> ::tiergate::__private::axum::Router<__State> {
        use ::tiergate::__private::axum::{MountHandler as _, MountOther as _};
        let _: [(); TABLE.shape_count];
        const {}
        let mut router = ::tiergate::__private::axum::Mounting::<()>::new();
        router
            .merge(
                <<civilian::Civilian as ::tiergate::__private::Listed<
                    Tier,
                >>::This as ::tiergate::__private::axum::Mounted<()>>::router(),
            );
        router.expect_quotas();
        <() as ::tiergate::__private::axum::IsState<__State>>::convert(router.router())
    }
}

// With the feature `actix-web`:

#[automatically_derived]
impl<
    __Config: ::tiergate::__private::actix_web::Config,
> ::tiergate::__private::actix_web::Configure<__Config> for Api {
    fn collect(routes: &mut ::tiergate::__private::actix_web::Routes) {
        use ::tiergate::__private::actix_web::{MountHandler as _, MountOther as _};
        let _: [(); TABLE.shape_count];
        const {}
        let first_route = routes.count();
        <<civilian::Civilian as ::tiergate::__private::Listed<
            Tier,
        >>::This as ::tiergate::__private::actix_web::Configure<
            __Config,
        >>::collect(routes);
        routes.expect_quotas(first_route);
        let _ = routes;
    }
}

// With the feature `axum`:

#[automatically_derived]
#[allow(clippy::same_name_method)]
impl Api {
    /// Returns a router that serves every handler of this catalogue at its route.
    ///
    /// Handlers that take a state need `#[catalogue(state = …)]`.
    pub fn router<__State>() -> ::tiergate::__private::axum::Router<__State>
    where
        (): ::tiergate::__private::axum::IsState<__State>,
    {
        <() as ::tiergate::__private::axum::IsState<
            __State,
        >>::finish(<Self as ::tiergate::__private::axum::Mounted<__State>>::router())
    }
}

// With the feature `actix-web`:

#[automatically_derived]
#[allow(clippy::same_name_method)]
impl Api {
    /// Mounts every handler of this catalogue at its route:
    /// `App::new().configure(Api::configure)`.
    pub fn configure<__Config: ::tiergate::__private::actix_web::Config>(
        config: &mut __Config,
    ) {
        config.mount::<Self>();
    }
}
