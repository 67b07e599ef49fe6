//! Errors that name the feature to enable. The macros know no features, as features are those of
//! this crate; where they see the route macro of a framework, they ask here.

macro_rules! needs {
    ($($name:ident: $($feature:literal),+ => $which:literal;)+) => {$(
        #[cfg(any($(feature = $feature),+))]
        #[doc(hidden)]
        #[macro_export]
        macro_rules! $name {
            () => {};
        }

        #[cfg(not(any($(feature = $feature),+)))]
        #[doc(hidden)]
        #[macro_export]
        macro_rules! $name {
            () => {
                ::core::compile_error!(::core::concat!(
                    "this route macro cannot give the handler its guard; enable tiergate's feature ",
                    $which,
                ));
            };
        }
    )+};
}

needs! {
    __needs_actix_web: "actix-web" => "`actix-web`";
    __needs_rocket: "rocket" => "`rocket`";
    __needs_poem: "poem" => "`poem`";
    __needs_salvo: "salvo" => "`salvo`";
    // Other crates have such macros for axum.
    __needs_route_macros: "actix-web", "axum", "rocket" => "`actix-web` or `rocket`";
    __needs_poem_or_salvo: "poem", "salvo" => "`poem` or `salvo`";
}
