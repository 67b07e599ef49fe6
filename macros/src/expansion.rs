//! Compares the expansions of typical input with the files in `expansion/`, which show readers what the
//! macros generate. `UPDATE_EXPECT=1 cargo test -p tiergate-macros` rewrites these files.

use crate::requirement::gate::Gate;
use crate::requires_tier::gated_function;
use crate::{catalogue, event, feature, impl_block, tier};
use expect_test::{ExpectFile, expect_file};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Item, Stmt};

const HEADER: &str = "// Written by the tests of `tiergate-macros`; read it, do not edit it.";

fn check_expansion(expansion: TokenStream, expected: &ExpectFile) {
    let mut expansion_text = HEADER.to_owned();
    let mut file: syn::File = syn::parse2(expansion).expect("the expansion is a list of items");
    let mut feature_items = Vec::new();
    for item in &mut file.items {
        if let Item::Const(item) = item
            && let syn::Expr::Block(block) = &mut *item.expr
        {
            block.block.stmts.retain(|statement| match statement {
                Stmt::Macro(call) => keep_macro_call(&call.mac, &mut feature_items),
                Stmt::Item(Item::Macro(item)) => keep_macro_call(&item.mac, &mut feature_items),
                _ => true,
            });
        }
    }
    file.items.retain(|item| match item {
        Item::Macro(item) => keep_macro_call(&item.mac, &mut feature_items),
        _ => true,
    });
    expansion_text += "\n\n";
    expansion_text += &prettyplease::unparse(&file);
    for (feature, tokens) in feature_items {
        expansion_text += "\n// With the feature `";
        expansion_text += &feature;
        expansion_text += "`:\n\n";
        expansion_text += &prettyplease::unparse(&syn::parse2(tokens).expect("a list of items"));
    }
    expected.assert_eq(&expansion_text);
}

/// Returns false for a macro call whose items depend on a feature, and moves those items to
/// `feature_items`.
fn keep_macro_call(call: &syn::Macro, feature_items: &mut Vec<(String, TokenStream)>) -> bool {
    let name = call.path.segments.last().map(|last| last.ident.to_string());
    match name.as_deref().and_then(|name| name.strip_prefix("__if_")) {
        Some(feature @ ("axum" | "actix_web")) => {
            feature_items.push((feature.replace('_', "-"), call.tokens.clone()));
            false
        }
        _ => true,
    }
}

#[test]
fn a_gated_handler() {
    let expansion = gated_function(
        Gate::Tier,
        quote!(Plus, post = "/emergency/new_dispatch"),
        quote! {
            /// Creates a dispatch call.
            ///
            /// Its number is in the answer.
            pub async fn new_dispatch(
                State(cad): State<Cad>,
                Json(call): Json<NewCall>,
            ) -> Result<String, CadError> {
                cad.new_dispatch(call).await
            }
        },
    );
    check_expansion(expansion, &expect_file!["expansion/gated.rs"]);
}

#[test]
fn gated_with_all_options() {
    let expansion = gated_function(
        Gate::Tier,
        quote!(plans::Plan::Gold, name = "list", guard = pass, crate = gate),
        quote! {
            #[cfg(unix)]
            fn list_all<'a, T: Into<Name<'a>>>(mut filter: T) -> impl Iterator<Item = Name<'a>>
            where
                T: Clone,
            {
                [filter.into()].into_iter()
            }
        },
    );
    check_expansion(
        expansion,
        &expect_file!["expansion/gated_with_all_options.rs"],
    );
}

#[test]
fn a_gated_block() {
    let expansion = impl_block::gated(
        quote!(),
        quote! {
            #[OpenApi]
            impl<S: Store> Dispatch<S> {
                const LIMIT: usize = { 100 };

                fn open(&self) {}

                /// Reads a dispatch call.
                #[oai(path = "/dispatch/:id", method = "get")]
                #[requires_tier(Plus)]
                async fn call(&self, id: Path<u32>) -> PlainText<String> {
                    self.store.call(id.0).await
                }
            }
        },
    );
    check_expansion(expansion, &expect_file!["expansion/block.rs"]);
}

#[test]
fn public() {
    let expansion = gated_function(
        Gate::Tier,
        quote!(public = "health checks have no account", get = "/health"),
        quote! {
            pub(crate) async fn health() -> &'static str {
                "ok"
            }
        },
    );
    check_expansion(expansion, &expect_file!["expansion/public.rs"]);
}

#[test]
fn tiers() {
    let expansion = tier::derive_tier(quote! {
        enum Tier {
            Free = 0,
            #[tier(name = "Plus (yearly)")]
            Plus = 3,
        }
    });
    check_expansion(expansion, &expect_file!["expansion/tiers.rs"]);
}

#[test]
fn listed_catalogue() {
    let expansion = catalogue::derive_catalogue(quote! {
        #[catalogue(
            tier = Tier,
            state = Cad,
            handlers(here, emergency::new_dispatch, emergency::list::<Db>, Dispatch::associated),
            include(civilian::Civilian)
        )]
        pub struct Api;
    });
    check_expansion(expansion, &expect_file!["expansion/listed_catalogue.rs"]);
}

#[test]
fn catalogue_with_quota() {
    let expansion = catalogue::derive_catalogue(quote! {
        #[catalogue(
            tier = Tier,
            include(civilian::Civilian),
            quota(Free = "100/day", Plus = "60/minute; 5000/day")
        )]
        pub struct Api;
    });
    check_expansion(
        expansion,
        &expect_file!["expansion/catalogue_with_quota.rs"],
    );
}

#[test]
fn registered_catalogue() {
    let expansion = catalogue::derive_catalogue(quote! {
        #[catalogue(tier = Tier, quota = "100/day")]
        struct Everything;
    });
    check_expansion(
        expansion,
        &expect_file!["expansion/registered_catalogue.rs"],
    );
}

#[test]
fn gated_with_requirement_options() {
    let expansion = gated_function(
        Gate::Tier,
        quote!(
            Pro,
            or_feature = Radio,
            until_version(2, Free),
            until_version(3, Plan::Plus),
            enforced = Plus,
            get = "/x"
        ),
        quote! {
            async fn transmit() {}
        },
    );
    check_expansion(
        expansion,
        &expect_file!["expansion/gated_with_requirement_options.rs"],
    );
}

#[test]
fn gated_with_limits() {
    let expansion = gated_function(
        Gate::Tier,
        quote!(
            Standard,
            limit(
                Standard = "10/minute",
                Plan::Plus = "60/minute; 50000/day",
                One = "unlimited"
            ),
            cost = 20,
            get = "/x"
        ),
        quote! {
            async fn search() {}
        },
    );
    check_expansion(expansion, &expect_file!["expansion/gated_with_limits.rs"]);
}

#[test]
fn gated_by_feature() {
    let expansion = gated_function(
        Gate::Feature,
        quote!(plans::Feature::BodyCam, tier = plans::Plan, post = "/cams"),
        quote! {
            /// Starts a body camera.
            pub async fn start() {}
        },
    );
    check_expansion(expansion, &expect_file!["expansion/gated_by_feature.rs"]);
}

#[test]
fn features() {
    let expansion = feature::derive_feature(quote! {
        enum Feature {
            Radio,
            #[add_on(name = "Body camera")]
            BodyCam,
        }
    });
    check_expansion(expansion, &expect_file!["expansion/features.rs"]);
}

#[test]
fn tiers_with_features() {
    let expansion = tier::derive_tier(quote! {
        #[tier(features = plans::Feature, trait_only)]
        enum Tier {
            Free,
        }
    });
    check_expansion(expansion, &expect_file!["expansion/tiers_with_features.rs"]);
}

#[test]
fn event() {
    let expansion = event::derive_event(quote! {
        /// A unit has a new status.
        #[event(Plus, name = "EVENT_UNIT_STATUS")]
        pub struct UnitStatus<'a, T: Clone> {
            unit: &'a T,
        }
    });
    check_expansion(expansion, &expect_file!["expansion/event.rs"]);
}

#[test]
fn events_of_an_enum() {
    let expansion = event::derive_event(quote! {
        #[event(plans::Plan::Plus, enforced = Free, crate = gate)]
        enum Push {
            Added(Call),
            #[deprecated]
            #[event(Tier::Pro, or_feature = Radio)]
            Panic { unit: u32 },
            #[event(feature = BodyCam, tier = plans::Plan, name = "EVENT_FOOTAGE")]
            Footage,
        }
    });
    check_expansion(expansion, &expect_file!["expansion/events_of_an_enum.rs"]);
}

#[test]
fn catalogue_of_events() {
    let expansion = catalogue::derive_catalogue(quote! {
        #[catalogue(
            tier = Tier,
            events(UnitStatus, radio::Added<'_>, Changed<Db>),
            include(civilian::Civilian)
        )]
        pub struct Events;
    });
    check_expansion(expansion, &expect_file!["expansion/catalogue_of_events.rs"]);
}
