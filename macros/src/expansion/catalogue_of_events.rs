// Written by the tests of `tiergate-macros`; read it, do not edit it.

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
        ::tiergate::__private::events_of::<UnitStatus, Tier>(),
        ::tiergate::__private::events_of::<radio::Added<'_>, Tier>(),
        ::tiergate::__private::events_of::<Changed<Db>, Tier>(),
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
        __tiergate_names.add(1usize);
        __tiergate_names.add(2usize);
        __tiergate_names.add(3usize);
    };
    #[automatically_derived]
    impl ::tiergate::__private::Listed<Tier> for Events {
        type This = Events;
        const ENDPOINTS: &'static [::tiergate::Endpoint] = &ENDPOINTS;
        const EVENTS: &'static [::tiergate::Endpoint] = &EVENTS;
        fn routes() -> ::tiergate::__private::Routes {
            TABLE.routes(&INDEX, &SHAPES)
        }
    }
    #[automatically_derived]
    impl ::tiergate::__private::DerivedCatalogue for Events {}
    #[automatically_derived]
    impl ::tiergate::Catalogue for Events {
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
impl Events {
    /// Every endpoint of this catalogue, in the order of its lists.
    pub const ENDPOINTS: &'static [::tiergate::Endpoint] = <Events as ::tiergate::__private::Listed<
        Tier,
    >>::ENDPOINTS;
    /// Every event of this catalogue, in the order of its lists.
    pub const EVENTS: &'static [::tiergate::Endpoint] = <Events as ::tiergate::__private::Listed<
        Tier,
    >>::EVENTS;
}

// With the feature `axum`:

#[automatically_derived]
impl<__State> ::tiergate::__private::axum::Mounted<__State> for Events
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
        <() as ::tiergate::__private::axum::IsState<__State>>::convert(router.router())
    }
}

// With the feature `actix-web`:

#[automatically_derived]
impl<
    __Config: ::tiergate::__private::actix_web::Config,
> ::tiergate::__private::actix_web::Configure<__Config> for Events {
    fn collect(routes: &mut ::tiergate::__private::actix_web::Routes) {
        use ::tiergate::__private::actix_web::{MountHandler as _, MountOther as _};
        let _: [(); TABLE.shape_count];
        const {}
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
impl Events {
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
impl Events {
    /// Mounts every handler of this catalogue at its route:
    /// `App::new().configure(Api::configure)`.
    pub fn configure<__Config: ::tiergate::__private::actix_web::Config>(
        config: &mut __Config,
    ) {
        config.mount::<Self>();
    }
}
