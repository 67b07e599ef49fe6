// Written by the tests of `tiergate-macros`; read it, do not edit it.

const _: () = {
    const COUNT: ::core::primitive::usize = 4usize
        + <civilian::Civilian as ::tiergate::__private::Listed<Tier>>::ENDPOINTS.len();
    const SLOTS: ::core::primitive::usize = ::tiergate::__private::slots(COUNT);
    static ENDPOINTS: [::tiergate::Endpoint; COUNT] = {
        let mut list = ::tiergate::__private::List::<{ COUNT }>::new(4usize);
        {
            let mut list = list.places();
            let (twin_0, twin_3) = ::tiergate::__twins!(
                [self] [Tier] __tiergate_here ByGuard
                __tiergate_public_Dispatch_associated ByMethod; __tiergate_here
                __tiergate_public_Dispatch_associated
            );
            list.put(0usize, twin_0.record(&here));
            list.put(3usize, twin_3.record(&Dispatch::associated));
        }
        {
            let mut list = list.places();
            let (twin_1, twin_2) = ::tiergate::__twins!(
                [emergency] [Tier] __tiergate_list ByGuard __tiergate_new_dispatch
                ByGuard; __tiergate_new_dispatch __tiergate_list
            );
            list.put(1usize, twin_1.record(&emergency::new_dispatch));
            list.put(2usize, twin_2.record(&emergency::list::<Db>));
        }
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
        >::new(&ENDPOINTS, 4usize);
        {
            let mut table = table
                .module(::tiergate::__private::Module {
                    here: ::core::module_path!(),
                    start: ::tiergate::__private::Start::Above(0),
                    path: "",
                });
            table.put_routed(0usize);
            table.put_routed(3usize);
        }
        {
            let mut table = table
                .module(::tiergate::__private::Module {
                    here: ::core::module_path!(),
                    start: ::tiergate::__private::Start::Anywhere,
                    path: "emergency",
                });
            table.put_routed(1usize);
            table.put_routed(2usize);
        }
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
impl ::tiergate::__private::axum::Mounted<Cad> for Api {
    fn router() -> ::tiergate::__private::axum::Router<Cad> {
        let _: [(); TABLE.shape_count];
        let mut router = ::tiergate::__private::axum::Mounting::<Cad>::new();
        router.mount(ENDPOINTS[0usize], here);
        router.mount(ENDPOINTS[1usize], emergency::new_dispatch);
        router.mount(ENDPOINTS[2usize], emergency::list::<Db>);
        router.mount(ENDPOINTS[3usize], Dispatch::associated);
        router
            .merge(
                <<civilian::Civilian as ::tiergate::__private::Listed<
                    Tier,
                >>::This as ::tiergate::__private::axum::Mounted<Cad>>::router(),
            );
        router.router()
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
        const {
            ::tiergate::__private::assert_routed(ENDPOINTS[0usize]);
            ::tiergate::__private::assert_routed(ENDPOINTS[1usize]);
            ::tiergate::__private::assert_routed(ENDPOINTS[2usize]);
            ::tiergate::__private::assert_routed(ENDPOINTS[3usize]);
        }
        (&::tiergate::__private::actix_web::Mount::<_, __Config>::new(here))
            .mount(routes, ENDPOINTS[0usize]);
        (&::tiergate::__private::actix_web::Mount::<
            _,
            __Config,
        >::new(emergency::new_dispatch))
            .mount(routes, ENDPOINTS[1usize]);
        (&::tiergate::__private::actix_web::Mount::<
            _,
            __Config,
        >::new(emergency::list::<Db>))
            .mount(routes, ENDPOINTS[2usize]);
        (&::tiergate::__private::actix_web::Mount::<
            _,
            __Config,
        >::new(Dispatch::associated))
            .mount(routes, ENDPOINTS[3usize]);
        <<civilian::Civilian as ::tiergate::__private::Listed<
            Tier,
        >>::This as ::tiergate::__private::actix_web::Configure<
            __Config,
        >>::collect(routes);
        let _ = routes;
    }
}

// With the feature `axum`:

#[automatically_derived]
#[allow(clippy::same_name_method)]
impl Api {
    /// Returns a router that serves every handler of this catalogue at its route.
    pub fn router() -> ::tiergate::__private::axum::Router<Cad> {
        ::tiergate::__private::axum::finish(
            <Self as ::tiergate::__private::axum::Mounted<Cad>>::router(),
        )
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
