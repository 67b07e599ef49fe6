// Written by the tests of `tiergate-macros`; read it, do not edit it.

::tiergate::__needs_quota! {
    limit
}
::tiergate::__gated! {
    [] [] __tiergate_search __tier_of__tiergate_search_Standard[Tier] [type Of =
    __tier_of__tiergate_search_Standard;] Standard[Takes0] GET 6 2 0
    "search/x"::core::line!(), ::core::file!(), limits const { let __tiergate_policy_0 =
    ::tiergate::__private::first_policy(::tiergate::__private::PolicyRecord { windows : &
    [::tiergate::__private::WindowRecord { amount : 10u32, seconds : 60u32 }], rank : {
    let __tiergate_variant : __tier_of__tiergate_search_Standard =
    __tier_of__tiergate_search_Standard::Standard; __tiergate_variant as
    ::core::primitive::u32 }, unlimited : false, }, ::tiergate::__private::lowest_of(& [{
    let __tiergate_variant : __tier_of__tiergate_search_Standard =
    __tier_of__tiergate_search_Standard::Standard; __tiergate_variant as
    ::core::primitive::u32 }]), ::tiergate::__private::Tiers::of:: < __tiergate_search >
    ()); let __tiergate_policy_1 =
    ::tiergate::__private::next_policy(::tiergate::__private::PolicyRecord { windows : &
    [::tiergate::__private::WindowRecord { amount : 60u32, seconds : 60u32 },
    ::tiergate::__private::WindowRecord { amount : 50000u32, seconds : 86400u32 }], rank
    : { let __tiergate_variant : __tier_of__tiergate_search_Standard = Plan::Plus;
    __tiergate_variant as ::core::primitive::u32 }, unlimited : false, }, &
    __tiergate_policy_0, "", ::tiergate::__private::Tiers::of:: < __tiergate_search >
    ()); let __tiergate_policy_2 =
    ::tiergate::__private::next_policy(::tiergate::__private::PolicyRecord { windows : &
    [], rank : { let __tiergate_variant : __tier_of__tiergate_search_Standard =
    __tier_of__tiergate_search_Standard::One; __tiergate_variant as
    ::core::primitive::u32 }, unlimited : true, }, & __tiergate_policy_1, "",
    ::tiergate::__private::Tiers::of:: < __tiergate_search > ());
    ::tiergate::__private::LimitsRecord { policies : & [__tiergate_policy_0,
    __tiergate_policy_1, __tiergate_policy_2], cost : 20u32, } }
}
///
/// Requires the tier `Standard`. Limits per caller: `10/minute` from the tier `Standard`, `60/minute` and `50000/day` from the tier `Plus`, unlimited from the tier `One`. A call takes 20 units of the catalogue's quota.
async fn search(_: ::tiergate::Guard<__tiergate_search>) {}
