// Written by the tests of `tiergate-macros`; read it, do not edit it.

const _: () = {
    gate::__gated! {
        [] [] __tiergate_event_Push_Added
        __tier_of__tiergate_event_Push_Added_Plus[plans::Plan] [type Of =
        __tier_of__tiergate_event_Push_Added_Plus;] Plus[Event] EVENT 5 0 0
        "Added"::core::line!(), ::core::file!(); const { gate::__private::NeedRecord {
        versions : & [], enforced : gate::__private::enforced_rank({ let
        __tiergate_variant : __tier_of__tiergate_event_Push_Added_Plus =
        __tier_of__tiergate_event_Push_Added_Plus::Free; __tiergate_variant as
        ::core::primitive::u32 }, { let __tiergate_variant :
        __tier_of__tiergate_event_Push_Added_Plus =
        __tier_of__tiergate_event_Push_Added_Plus::Plus; __tiergate_variant as
        ::core::primitive::u32 }), has_enforced : true, feature : 0, rule :
        gate::__private::needs::TIER, } }
    }
    gate::__gated! {
        [] [] __tiergate_event_Push_Panic __tier_of__tiergate_event_Push_Panic_Pro[Tier]
        [type Of = __tier_of__tiergate_event_Push_Panic_Pro;] Pro[Event] EVENT 5 0 32768
        "Panic"::core::line!(), ::core::file!(); const { gate::__private::NeedRecord {
        versions : & [], enforced : 0, has_enforced : false, feature : { type
        __TiergateFeatures = < __tier_of__tiergate_event_Push_Panic_Pro as
        gate::__private::FeaturesOf < { gate::__private::has_features:: <
        __tier_of__tiergate_event_Push_Panic_Pro > () } >> ::Features; { let
        __tiergate_variant : __TiergateFeatures = __TiergateFeatures::Radio;
        __tiergate_variant as ::core::primitive::u8 } }, rule :
        gate::__private::needs::TIER_OR_FEATURE, } }
    }
    gate::__gated_by_feature! {
        [] [] __tiergate_event_Push_Footage
        __tier_of__tiergate_event_Push_Footage_BodyCam[plans::Plan] [type Of =
        __tier_of__tiergate_event_Push_Footage_BodyCam;] [Event] EVENT 13 0 0
        "EVENT_FOOTAGE"::core::line!(), ::core::file!(); const {
        gate::__private::NeedRecord { versions : & [], enforced : 0, has_enforced :
        false, feature : { type __TiergateFeatures = <
        __tier_of__tiergate_event_Push_Footage_BodyCam as gate::__private::FeaturesOf < {
        gate::__private::has_features:: < __tier_of__tiergate_event_Push_Footage_BodyCam
        > () } >> ::Features; { let __tiergate_variant : __TiergateFeatures =
        __TiergateFeatures::BodyCam; __tiergate_variant as ::core::primitive::u8 } },
        rule : gate::__private::needs::FEATURE, } }
    }
    #[automatically_derived]
    impl gate::__private::EventRecords for Push {
        type First = __tiergate_event_Push_Added;
        const RECORDS: &'static [gate::Endpoint] = &[
            <__tiergate_event_Push_Added as gate::__private::Handler>::RECORD,
            gate::__private::variant_record::<
                __tiergate_event_Push_Panic,
                __tier_of__tiergate_event_Push_Added_Plus,
            >(),
            <__tiergate_event_Push_Footage as gate::__private::Handler>::RECORD,
        ];
        #[inline]
        fn record(&self) -> gate::Endpoint {
            match self {
                Self::Added { .. } => {
                    <__tiergate_event_Push_Added as gate::__private::Handler>::RECORD
                }
                Self::Panic { .. } => {
                    <__tiergate_event_Push_Panic as gate::__private::Handler>::RECORD
                }
                Self::Footage { .. } => {
                    <__tiergate_event_Push_Footage as gate::__private::Handler>::RECORD
                }
            }
        }
    }
    #[automatically_derived]
    impl Push {
        gate::__event_methods! {
            [] __tier_of__tiergate_event_Push_Added_Plus
        }
    }
};
