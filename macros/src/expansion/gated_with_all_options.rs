// Written by the tests of `tiergate-macros`; read it, do not edit it.

gate::__gated! {
    [#[cfg(unix)]] [] __tiergate_list_all __tier_of__tiergate_list_all_Gold[plans::Plan]
    [type Of = __tier_of__tiergate_list_all_Gold;] Gold[Takes1] NONE 32772 0 0
    "list"::core::line!(), ::core::file!()
}
#[cfg(unix)]
///
/// Requires the tier `Gold`.
#[allow(clippy::missing_const_for_fn)]
#[allow(clippy::needless_pass_by_value)]
fn list_all<'a, T: Into<Name<'a>>>(
    pass: gate::Guard<__tiergate_list_all>,
    mut filter: T,
) -> impl Iterator<Item = Name<'a>>
where
    T: Clone,
{
    [filter.into()].into_iter()
}
