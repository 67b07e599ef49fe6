// Written by the tests of `tiergate-macros`; read it, do not edit it.

#[cfg(unix)]
///
/// Requires the tier `Gold`.
fn list_all<'a, T: Into<Name<'a>>>(
    pass: gate::Guard<__tiergate_gated_list_all>,
    mut filter: T,
) -> impl Iterator<Item = Name<'a>>
where
    T: Clone,
{
    [filter.into()].into_iter()
}
#[cfg(unix)]
#[doc(hidden)]
enum __tiergate_gated_list_all {}
#[cfg(unix)]
const _: () = {
    type Required = plans::Plan;
    impl gate::Gated for __tiergate_gated_list_all {
        type Tier = Required;
        type Form = gate::__private::Plain;
        const REQUIRED: Required = Required::Gold;
        const ENDPOINT: &'static gate::Endpoint = &ENDPOINT;
    }
    #[gate::__private::linkme::distributed_slice(gate::__private::ENDPOINTS)]
    #[linkme(crate = gate::__private::linkme)]
    static ENDPOINT: gate::Endpoint = gate::__private::endpoint(
        "list",
        ::core::option::Option::None,
        gate::__private::required::<
            __tiergate_gated_list_all,
        >(
            <__tiergate_gated_list_all as gate::Gated>::REQUIRED
                as ::core::primitive::u32,
        ),
        gate::__private::Source {
            module: ::core::module_path!(),
            file: ::core::file!(),
            line: ::core::line!(),
        },
        "",
    );
};
