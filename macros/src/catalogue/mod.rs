//! `derive(Catalogue)`: read the lists, implement the trait over them or over the registry.

mod actix_web;
mod axum;
mod module;
mod options;

use self::module::{Module, type_of};
use self::options::Options;
use crate::syntax::crate_path;
use crate::syntax::deprecation;
use crate::syntax::errors::Errors;
use crate::syntax::hidden_names;
use crate::syntax::option_list::Once;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, DeriveInput, Path, Type};

pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let mut errors = Errors::default();
    let options = Options::read(&input, &mut errors);
    let mut tokens = match options.tier.get() {
        Some(tier) if input.generics.params.is_empty() => {
            Model::new(&input, tier, &options).expand(errors.is_empty())
        }
        _ => TokenStream::new(),
    };
    tokens.extend(errors.into_tokens());
    tokens
}

/// Whether `tiergate` has the feature. A second `tiergate` in one build, for its host, may be without
/// it, which is why `__if_axum!` is asked too.
const HAS_AXUM: bool = cfg!(any(test, feature = "axum"));

struct Model<'a> {
    ident: Ident,
    tier: &'a Type,
    state: Option<&'a Type>,
    krate: TokenStream,
    handlers: Vec<Path>,
    include: Vec<Path>,
    /// The user's `#[allow(deprecated)]`, for the tier enum and the state.
    allows: Vec<&'a Attribute>,
    /// Whether there is a list; otherwise the registry is the catalogue.
    is_listed: bool,
}

impl<'a> Model<'a> {
    fn new(input: &'a DeriveInput, tier: &'a Type, options: &'a Options) -> Self {
        let quiet = |list: &Once<Vec<Path>>| {
            let paths = list.get().map_or(&[][..], Vec::as_slice);
            paths.iter().map(deprecation::quiet_path).collect()
        };
        Self {
            ident: deprecation::name_of_item(&input.ident, &input.attrs),
            tier,
            // Without a list there is no router, and the state is an error already.
            state: options.state.get().filter(|_| options.is_listed()),
            krate: crate_path::crate_path(options.crate_path.get()),
            handlers: quiet(&options.handlers),
            include: quiet(&options.include),
            allows: deprecation::allows_deprecated(&input.attrs).collect(),
            is_listed: options.is_listed(),
        }
    }

    fn expand(&self, is_valid: bool) -> TokenStream {
        let Self {
            ident, tier, krate, ..
        } = self;
        if !is_valid {
            // What uses the catalogue should not complain a second time.
            let (router, configure) = (self.router_of_none(), self.configure_of_none());
            return quote! {
                impl #krate::Catalogue for #ident {
                    type Tier = #tier;
                    fn endpoints() -> &'static [#krate::Endpoint] { &[] }
                }
                impl #ident {
                    pub const ENDPOINTS: &'static [#krate::Endpoint] = &[];
                }
                #router
                #configure
            };
        }
        if self.is_listed {
            self.expand_listed()
        } else {
            self.expand_registered()
        }
    }

    fn expand_registered(&self) -> TokenStream {
        let Self {
            ident,
            tier,
            krate,
            allows,
            ..
        } = self;
        quote! {
            #(#allows)*
            const _: () = {
            static REGISTERED: #krate::__private::Registered = #krate::__private::Registered::new();

            #[automatically_derived]
            impl #krate::Catalogue for #ident {
                type Tier = #tier;

                fn endpoints() -> &'static [#krate::Endpoint] {
                    REGISTERED.endpoints::<Self>()
                }

                fn __routes() -> #krate::__private::Routes {
                    REGISTERED.routes::<Self>()
                }
            }
            };
        }
    }

    fn expand_listed(&self) -> TokenStream {
        let Self {
            ident,
            tier,
            krate,
            include,
            handlers,
            allows,
            ..
        } = self;
        let own = handlers.len();
        let (list, table) = (local("list"), local("table"));
        let modules = Module::all(&self.handlers);
        let records = self.records(&list, &modules);
        let included = include.iter().map(|other| {
            let list = located(&list, other.span());
            quote_spanned! {other.span()=>
                #list.include(<#other as #krate::__private::Listed<#tier>>::ENDPOINTS);
            }
        });
        // Where there is a state, there is a router.
        let put = match self.state {
            Some(_) if HAS_AXUM => quote!(put_routed),
            _ => quote!(put),
        };
        let puts = modules.iter().map(|(module, indices)| {
            let Module { start, rest, .. } = module;
            let puts = indices.iter().map(|&index| {
                let at = handlers[index].span();
                let table = located(&table, at);
                quote_spanned!(at=> #table.#put(#index);)
            });
            quote! {
                {
                    let mut #table = #table.module(#krate::__private::Module {
                        here: ::core::module_path!(),
                        start: #krate::__private::Start::#start,
                        path: #rest,
                    });
                    #(#puts)*
                }
            }
        });
        let includes = include.iter().map(|other| {
            let table = located(&table, other.span());
            quote_spanned! {other.span()=>
                #table.include(<#other as #krate::__private::Listed<#tier>>::ENDPOINTS.len());
            }
        });
        let (mounted, router) = self.router();
        let (configured, configure) = self.configure();
        quote! {
            #(#allows)*
            const _: () = {
                const COUNT: ::core::primitive::usize = #own
                    #(+ <#include as #krate::__private::Listed<#tier>>::ENDPOINTS.len())*;
                const SLOTS: ::core::primitive::usize = #krate::__private::slots(COUNT);

                static ENDPOINTS: [#krate::Endpoint; COUNT] = {
                    let mut #list = #krate::__private::List::<{ COUNT }>::new(#own);
                    #records
                    #(#included)*
                    #list.endpoints
                };

                // Not in one with the list, which the compiler looks into each time: whoever uses
                // this crate may use what it refers to. This it looks into when it has changed.
                // A big list takes longer to check than the compiler expects of a constant.
                #[allow(long_running_const_eval)]
                const TABLE: #krate::__private::Table<{ COUNT }, { SLOTS }> = {
                    let mut #table = #krate::__private::Table::<{ COUNT }, { SLOTS }>::new(&ENDPOINTS, #own);
                    #(#puts)*
                    #(#includes)*
                    #table
                };
                static INDEX: [::core::primitive::u32; SLOTS] = TABLE.slots;
                static SHAPES: [#krate::__private::Shape; TABLE.shape_count] = TABLE.shapes();

                #[automatically_derived]
                impl #krate::__private::Listed<#tier> for #ident {
                    type This = #ident;
                    const ENDPOINTS: &'static [#krate::Endpoint] = &ENDPOINTS;

                    fn routes() -> #krate::__private::Routes {
                        TABLE.routes(&INDEX, &SHAPES)
                    }
                }

                #[automatically_derived]
                impl #krate::Catalogue for #ident {
                    type Tier = #tier;

                    fn endpoints() -> &'static [#krate::Endpoint] {
                        <Self as #krate::__private::Listed<#tier>>::ENDPOINTS
                    }

                    fn __routes() -> #krate::__private::Routes {
                        <Self as #krate::__private::Listed<#tier>>::routes()
                    }
                }

                #mounted
                #configured
            };

            #(#allows)*
            #[automatically_derived]
            impl #ident {
                /// Every endpoint of this catalogue, in the order of its lists.
                pub const ENDPOINTS: &'static [#krate::Endpoint] =
                    <#ident as #krate::__private::Listed<#tier>>::ENDPOINTS;
            }

            #router
            #configure
        }
    }

    /// Puts the record of each handler into the list. A value's type says where the record comes
    /// from: from the hidden type that stands beside the handler. That type is looked up in the
    /// handler's module; where the module has none of this name, as the handler was imported there,
    /// the alias in the outer block is found instead, and the record comes by the guard in the
    /// handler's signature.
    ///
    /// Of a type's functions, only the open ones have a hidden type that is looked for.
    fn records(&self, list: &Ident, modules: &[(Module, Vec<usize>)]) -> TokenStream {
        let (krate, tier) = (&self.krate, self.tier);
        let modules = modules.iter().map(|(Module { path, .. }, indices)| {
            let variables = indices.iter().map(|&index| twin_variable(index));
            let hidden: Vec<_> = indices
                .iter()
                .map(|&index| hidden_type_of(&self.handlers[index]))
                .collect();
            let mut aliases: Vec<_> = hidden
                .iter()
                .zip(indices)
                .map(|(hidden, &index)| match type_of(&self.handlers[index]) {
                    Some(_) => (hidden, local("ByMethod")),
                    None => (hidden, local("ByGuard")),
                })
                .collect();
            aliases.sort_by_key(|(hidden, _)| *hidden);
            aliases.dedup_by_key(|(hidden, _)| *hidden);
            let aliases = aliases
                .iter()
                .map(|(hidden, otherwise)| quote!(#hidden #otherwise));
            let records = indices.iter().map(|&index| {
                let handler = &self.handlers[index];
                let at = handler.span();
                let (list, twin) = (located(list, at), located(&twin_variable(index), at));
                quote_spanned!(at=> #list.put(#index, #twin.record(&#handler));)
            });
            // A block for each module: among many variables the compiler is slow to find one.
            quote! {
                {
                    let mut #list = #list.places();
                    let (#(#variables,)*) =
                        #krate::__twins!([#path] [#tier] #(#aliases)*; #(#hidden)*);
                    #(#records)*
                }
            }
        });
        quote!(#(#modules)*)
    }

    /// Those of an `impl` with a method that `Catalogue` has as well, for catalogues without a list.
    fn attributes_of_methods(&self) -> TokenStream {
        let allows = &self.allows;
        quote! {
            #(#allows)*
            #[automatically_derived]
            #[allow(clippy::same_name_method)]
        }
    }

    /// Each handler has a route.
    fn checks(&self) -> TokenStream {
        let krate = &self.krate;
        let checks = self.handlers.iter().enumerate().map(|(index, handler)| {
            quote_spanned! {handler.span()=> #krate::__private::assert_routed(ENDPOINTS[#index]); }
        });
        checks.collect()
    }
}

/// A type that is an error where the table is one, as with a handler that cannot be listed. The
/// compiler then says no more of the function that this stands in.
fn only_with_a_table() -> TokenStream {
    quote!(let _: [(); TABLE.shape_count];)
}

fn twin_variable(index: usize) -> Ident {
    local(&format!("twin_{index}"))
}

/// The variable, as if it stood where the user wrote what it is used for: an error in the call of
/// its method stands there.
fn located(variable: &Ident, at: Span) -> Ident {
    Ident::new(&variable.to_string(), Span::mixed_site().located_at(at))
}

/// A local variable that cannot hide a handler of the same name.
fn local(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

fn hidden_type_of(handler: &Path) -> Ident {
    match (type_of(handler), handler.segments.last()) {
        (Some(of), Some(last)) => {
            hidden_names::hidden_type(&hidden_names::public_in(of, &last.ident))
        }
        (None, Some(last)) => hidden_names::hidden_type(&last.ident),
        (_, None) => hidden_names::hidden_type(&Ident::new("_", Span::call_site())),
    }
}
