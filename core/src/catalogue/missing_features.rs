//! Compile errors that name the feature to enable.
//!
//! The procedural macros don't know which of this crate's features are enabled. If a handler has a
//! framework's route macro, the procedural macros generate a call to one of the macros in this module.
//! The macro in this module causes a compile error if the framework's feature is disabled. The options
//! `limit`, `cost` and `quota` work the same way.
//!
//! `Catalogue` has a placeholder for each function that needs a feature or a list of handlers. Calling a
//! placeholder is a compile error that states which of the two is missing. For a catalogue with a list,
//! the derive adds an inherent function with the same name as the placeholder. The inherent function
//! takes precedence over the placeholder.
//!
//! If a handler is mounted manually and its framework's feature is disabled, the compiler reports that
//! the handler doesn't implement one of the framework's traits. This error can't name the feature,
//! because the trait belongs to the framework.
// Public for generated code only.
#![allow(missing_docs)]

macro_rules! define_feature_checks {
    ($($name:ident: $($feature:literal),+ => $features_in_message:literal;)+) => {$(
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
                    "this route macro cannot pass the guard to the handler; enable tiergate's feature ",
                    $features_in_message,
                ));
            };
        }
    )+};
}

define_feature_checks! {
    __needs_actix_web: "actix-web" => "`actix-web`";
    __needs_rocket: "rocket" => "`rocket`";
    __needs_poem: "poem" => "`poem`";
    __needs_salvo: "salvo" => "`salvo`";
    // Route macros for axum come from other crates, so the message doesn't suggest the `axum` feature.
    __needs_route_macros: "actix-web", "axum", "rocket" => "`actix-web` or `rocket`";
    __needs_poem_or_salvo: "poem", "salvo" => "`poem` or `salvo`";
}

/// Checks that the `quota` feature is enabled, for an option that needs it.
#[cfg(feature = "quota")]
#[doc(hidden)]
#[macro_export]
macro_rules! __needs_quota {
    ($option:ident) => {};
}

#[cfg(not(feature = "quota"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __needs_quota {
    ($option:ident) => {
        ::core::compile_error!(::core::concat!(
            "`",
            ::core::stringify!($option),
            "` needs tiergate's feature `quota`; enable it in `Cargo.toml`",
        ));
    };
}

macro_rules! define_placeholder_bounds {
    ($($name:ident: $feature:literal, $message:literal $(, else $label:literal, $message_without_list:literal)?;)+) => {
        $(define_placeholder_bounds!(@ $name $feature $message $($label $message_without_list)?);)+
    };
    (@ $name:ident $feature:literal $message:literal) => {
        #[cfg(not(feature = $feature))]
        #[diagnostic::on_unimplemented(
            message = $message,
            label = "this feature is not enabled"
        )]
        pub trait $name {
            fn missing_feature<T>() -> T;
        }
    };
    (@ $name:ident $feature:literal $message:literal $label:literal $message_without_list:literal) => {
        define_placeholder_bounds!(@ $name $feature $message);

        #[cfg(feature = $feature)]
        #[diagnostic::on_unimplemented(message = $message_without_list, label = $label)]
        pub trait $name {
            fn missing_feature<T>() -> T;
        }
    };
}

define_placeholder_bounds! {
    Router: "axum", "`{Self}::router` needs tiergate's feature `axum` and a list of handlers; enable the feature, and write `#[catalogue(tier = …, handlers(…))]`",
        else "this catalogue has no list", "`{Self}::router` needs a list of handlers; write `#[catalogue(tier = …, handlers(…))]`";
    Configure: "actix-web", "`{Self}::configure` needs tiergate's feature `actix-web` and a list of handlers; enable the feature, and write `#[catalogue(tier = …, handlers(…))]`",
        else "this catalogue has no list", "`{Self}::configure` needs a list of handlers; write `#[catalogue(tier = …, handlers(…))]`";
    Json: "json", "`{Self}::json` needs tiergate's feature `json`; enable it in `Cargo.toml`";
    Html: "html", "`{Self}::html` needs tiergate's feature `html`; enable it in `Cargo.toml`";
    OpenApi: "utoipa", "`{Self}::openapi` needs tiergate's feature `utoipa`; enable it in `Cargo.toml`";
}
