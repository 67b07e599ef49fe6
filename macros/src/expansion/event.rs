// Written by the tests of `tiergate-macros`; read it, do not edit it.

const _: () = {
    ::tiergate::__gated! {
        [] [pub] __tiergate_event_UnitStatus
        __tier_of__tiergate_event_UnitStatus_Plus[Tier] [type Of =
        __tier_of__tiergate_event_UnitStatus_Plus;] Plus[Event] EVENT 17 0 24
        "EVENT_UNIT_STATUSA unit has a new status."::core::line!(), ::core::file!()
    }
    #[automatically_derived]
    impl<'a, T: Clone> ::tiergate::__private::EventRecords for UnitStatus<'a, T> {
        type First = __tiergate_event_UnitStatus;
        const RECORDS: &'static [::tiergate::Endpoint] = &[
            <__tiergate_event_UnitStatus as ::tiergate::__private::Handler>::RECORD,
        ];
        #[inline]
        fn record(&self) -> ::tiergate::Endpoint {
            <__tiergate_event_UnitStatus as ::tiergate::__private::Handler>::RECORD
        }
    }
    #[automatically_derived]
    impl<'a, T: Clone> UnitStatus<'a, T> {
        ::tiergate::__event_methods! {
            [pub] __tier_of__tiergate_event_UnitStatus_Plus
        }
    }
};
