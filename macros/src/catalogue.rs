//! `derive(Catalogue)`: read the lists, implement the trait over them or over the registry.

mod actix_web;

use crate::errors::Errors;
use crate::options::{self, Once};
use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{DeriveInput, Meta, Path, PathArguments, Token, Type};

pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let mut errors = Errors::default();
    let options = Options::read(&input, &mut errors);
    let mut tokens = match options.tier.get() {
        Some(tier) if input.generics.params.is_empty() => {
            Model::new(&input.ident, tier, &options).expand(errors.is_empty())
        }
        _ => TokenStream::new(),
    };
    tokens.extend(errors.into_tokens());
    tokens
}

/// `#[catalogue(…)]` as it was written.
#[derive(Default)]
struct Options {
    tier: Once<Type>,
    state: Once<Type>,
    crate_path: Once<Path>,
    handlers: Once<Vec<Path>>,
    include: Once<Vec<Path>>,
}

const KEYS: &str = "`tier = …`, `state = …`, `handlers(…)`, `include(…)` and `crate = …`";

impl Options {
    fn read(input: &DeriveInput, errors: &mut Errors) -> Self {
        let mut options = Self::default();
        let mut found = false;
        if !input.generics.params.is_empty() {
            errors.at(
                &input.generics,
                "a catalogue has no generic parameters; remove them",
            );
        }
        for attribute in &input.attrs {
            if !attribute.path().is_ident("catalogue") {
                continue;
            }
            found = true;
            let Meta::List(list) = &attribute.meta else {
                errors.at(
                    attribute,
                    "options are written in brackets: `#[catalogue(tier = Tier)]`",
                );
                return options;
            };
            let parser = |input: ParseStream<'_>| {
                options::parse_list(input, errors, |input, errors| {
                    options.parse_one(input, errors)
                });
                Ok(())
            };
            if let Err(error) = parser.parse2(list.tokens.clone()) {
                errors.push(error);
            }
        }
        if options.tier.get().is_none() && (errors.is_empty() || !found) {
            errors.at(
                &input.ident,
                "of which tiers is this the catalogue? Add `#[catalogue(tier = Tier)]` with your tier enum",
            );
        }
        for list in [&options.handlers, &options.include] {
            check_listed_once(list.get().map_or(&[], Vec::as_slice), errors);
        }
        // The compiler would find this cycle too, and tell a page about it.
        for other in options.include.get().into_iter().flatten() {
            if other.is_ident(&input.ident) || other.is_ident("Self") {
                errors.at(
                    other,
                    format!("`{}` cannot include itself; remove it", input.ident),
                );
            }
        }
        options
    }

    fn parse_one(&mut self, input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<()> {
        if let Some(key) = options::key_with_value(input) {
            match key.to_string().as_str() {
                "tier" => {
                    let tier = options::value(input, &key, "Tier", "a type")?;
                    self.tier.set(&key, tier, errors);
                }
                "state" => {
                    let state = options::value(input, &key, "AppState", "a type")?;
                    self.state.set(&key, state, errors);
                }
                "crate" => {
                    let at = input.span();
                    let path = Path::parse_mod_style(input).map_err(|_| {
                        syn::Error::new(at, "`crate` takes the path of tiergate: `crate = path`")
                    })?;
                    self.crate_path.set(&key, path, errors);
                }
                list @ ("handlers" | "include") => {
                    options::skip_to_comma(input);
                    errors.at(
                        &key,
                        format!("a list is written in brackets: `{list}(a, b)`"),
                    );
                }
                other => {
                    options::skip_to_comma(input);
                    errors.at(
                        &key,
                        format!("unknown option `{other}`; a catalogue takes {KEYS}"),
                    );
                }
            }
            return Ok(());
        }
        let key = input
            .call(Ident::parse_any)
            .map_err(|_| input.error(format!("expected an option; a catalogue takes {KEYS}")))?;
        if key != "handlers" && key != "include" {
            if matches!(key.to_string().as_str(), "tier" | "state" | "crate") {
                return Err(syn::Error::new_spanned(
                    &key,
                    format!("`{key}` is written with `=`: `{key} = …`"),
                ));
            }
            return Err(syn::Error::new_spanned(
                &key,
                format!("unknown option `{key}`; a catalogue takes {KEYS}"),
            ));
        }
        let Ok(TokenTree::Group(group)) = input.parse::<TokenTree>() else {
            return Err(syn::Error::new_spanned(
                &key,
                format!("a list is written in brackets: `{key}(a, b)`"),
            ));
        };
        let paths = parse_paths.parse2(group.stream())?;
        if key == "handlers" {
            self.handlers.set(&key, paths, errors);
        } else {
            self.include.set(&key, paths, errors);
        }
        Ok(())
    }
}

fn parse_paths(input: ParseStream<'_>) -> syn::Result<Vec<Path>> {
    let paths = Punctuated::<Path, Token![,]>::parse_terminated_with(input, |input| {
        if input.peek(Token![#]) {
            return Err(input.error(
                "a list is the same in every build; write `#[cfg_attr(…, catalogue(…))]` with a whole list for each",
            ));
        }
        let mut path: Path = input.parse().map_err(|_| {
            input.error("expected the path of a handler, such as `emergency::new_dispatch`")
        })?;
        // Where a value is meant, `list<Db>` is a comparison.
        for segment in &mut path.segments {
            if let PathArguments::AngleBracketed(arguments) = &mut segment.arguments {
                let at = arguments.lt_token.span;
                arguments.colon2_token.get_or_insert(Token![::](at));
            }
        }
        Ok(path)
    })?;
    Ok(paths.into_iter().collect())
}

fn check_listed_once(paths: &[Path], errors: &mut Errors) {
    let mut seen = std::collections::HashSet::new();
    for path in paths {
        let text = path.to_token_stream().to_string();
        if !seen.insert(text) {
            errors.at(
                path,
                format!(
                    "`{}` is listed twice; remove one of the two",
                    last_ident(path)
                ),
            );
        }
    }
}

fn last_ident(path: &Path) -> String {
    path.segments
        .last()
        .map(|segment| segment.ident.to_string())
        .unwrap_or_default()
}

/// Whether `tiergate` has the feature. A second `tiergate` in one build, for its host, may be without
/// it, which is why `__if_axum!` is asked too.
const HAS_AXUM: bool = cfg!(any(test, feature = "axum"));

struct Model<'a> {
    ident: &'a Ident,
    tier: &'a Type,
    state: Option<&'a Type>,
    krate: TokenStream,
    handlers: &'a [Path],
    include: &'a [Path],
    /// Whether there is a list; otherwise the registry is the catalogue.
    is_listed: bool,
}

impl<'a> Model<'a> {
    fn new(ident: &'a Ident, tier: &'a Type, options: &'a Options) -> Self {
        Self {
            ident,
            tier,
            state: options.state.get(),
            krate: options::crate_path(options.crate_path.get()),
            handlers: options.handlers.get().map_or(&[], Vec::as_slice),
            include: options.include.get().map_or(&[], Vec::as_slice),
            is_listed: options.handlers.get().is_some() || options.include.get().is_some(),
        }
    }

    fn expand(&self, is_valid: bool) -> TokenStream {
        let Self {
            ident, tier, krate, ..
        } = self;
        if !is_valid {
            // What uses the catalogue should not complain a second time.
            let router = self.router_of_none();
            return quote! {
                impl #krate::Catalogue for #ident {
                    type Tier = #tier;
                    fn endpoints() -> &'static [#krate::Endpoint] { &[] }
                }
                #router
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
            ident, tier, krate, ..
        } = self;
        quote! {
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
            ..
        } = self;
        let own = handlers.len();
        let (list, table) = (local("list"), local("table"));
        let modules = self.modules();
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

    /// The modules that handlers are listed by, each with the places of its handlers.
    fn modules(&self) -> Vec<(Module, Vec<usize>)> {
        // An import of all that is in such a module needs another name for it.
        let with_their_own_name: Vec<&Ident> = (self.handlers.iter())
            .filter_map(|handler| {
                let mut segments = handler.segments.iter().map(|segment| &segment.ident);
                let module = segments.next()?;
                (handler.segments.len() > 2 && segments.next() == Some(module)).then_some(module)
            })
            .collect();
        let mut modules: Vec<(String, (Module, Vec<usize>))> = Vec::new();
        for (index, handler) in self.handlers.iter().enumerate() {
            let module = Module::of(handler, &with_their_own_name);
            let key = module.path.to_string();
            match modules.iter_mut().find(|(other, _)| *other == key) {
                Some((_, (_, indices))) => indices.push(index),
                None => modules.push((key, (module, vec![index]))),
            }
        }
        modules.into_iter().map(|(_, module)| module).collect()
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
                quote_spanned!(at=> #list[#index] = #twin.record(&#handler);)
            });
            // A block for each module: among many variables the compiler is slow to find one.
            quote! {
                {
                    let #list = #list.places();
                    let (#(#variables,)*) =
                        #krate::__twins!([#path] [#tier] #(#aliases)*; #(#hidden)*);
                    #(#records)*
                }
            }
        });
        quote!(#(#modules)*)
    }

    /// How the handlers are mounted, to stand beside the table, and the method that does it.
    fn router(&self) -> (TokenStream, TokenStream) {
        let Self {
            ident,
            tier,
            krate,
            handlers,
            include,
            ..
        } = self;
        if !HAS_AXUM {
            return (TokenStream::new(), TokenStream::new());
        }
        let router = local("router");
        let axum = quote!(#krate::__private::axum);
        let state = match self.state {
            Some(state) => quote!(#state),
            None => quote!(()),
        };
        let merges = include.iter().map(|other| {
            let router = located(&router, other.span());
            quote_spanned! {other.span()=>
                #router.merge(
                    <<#other as #krate::__private::Listed<#tier>>::This as #axum::Mounted<#state>>::router()
                );
            }
        });
        let only_with_a_table = only_with_a_table();
        let (mounted, method) = match self.state {
            Some(_) => {
                let mounts = handlers.iter().enumerate().map(|(index, handler)| {
                    let router = located(&router, handler.span());
                    quote_spanned!(handler.span()=> #router.mount(ENDPOINTS[#index], #handler);)
                });
                let mounted = quote! {
                    #[automatically_derived]
                    impl #axum::Mounted<#state> for #ident {
                        fn router() -> #axum::Router<#state> {
                            #only_with_a_table
                            let mut #router = #axum::Mounting::<#state>::new();
                            #(#mounts)*
                            #(#merges)*
                            #router.router()
                        }
                    }
                };
                let method = quote! {
                    #[automatically_derived]
                    impl #ident {
                        /// A router with every handler of this catalogue, mounted where its attribute says.
                        pub fn router() -> #axum::Router<#state> {
                            #axum::finish(<Self as #axum::Mounted<#state>>::router())
                        }
                    }
                };
                (mounted, method)
            }
            // Without a state nobody said that a router is wanted, and the handlers may be those
            // of another framework: what cannot be mounted is an error only where `router` is
            // called. For that, all of it waits for the type parameter.
            None => {
                let checks = self.checks();
                let mounts = handlers.iter().enumerate().map(|(index, handler)| {
                    quote_spanned! {handler.span()=>
                        (&#axum::Mount::<_, __State>::new(#handler))
                            .mount(&mut #router, ENDPOINTS[#index]);
                    }
                });
                let mounted = quote! {
                    #[automatically_derived]
                    impl<__State> #axum::Mounted<__State> for #ident
                    where
                        (): #axum::IsState<__State>,
                    {
                        fn router() -> #axum::Router<__State> {
                            use #axum::{MountHandler as _, MountOther as _};
                            #only_with_a_table
                            const { #checks }
                            let mut #router = #axum::Mounting::<()>::new();
                            #(#mounts)*
                            #(#merges)*
                            <() as #axum::IsState<__State>>::convert(#router.router())
                        }
                    }
                };
                let method = quote! {
                    #[automatically_derived]
                    impl #ident {
                        /// A router with every handler of this catalogue, mounted where its attribute says.
                        ///
                        /// Handlers with a state need `#[catalogue(state = …)]`.
                        pub fn router<__State>() -> #axum::Router<__State>
                        where
                            (): #axum::IsState<__State>,
                        {
                            <() as #axum::IsState<__State>>::finish(
                                <Self as #axum::Mounted<__State>>::router()
                            )
                        }
                    }
                };
                (mounted, method)
            }
        };
        let with_axum = |items| quote!(#krate::__if_axum! { #items });
        (with_axum(mounted), with_axum(method))
    }

    /// In the place of the method, where the list is wrong.
    fn router_of_none(&self) -> TokenStream {
        if !HAS_AXUM {
            return TokenStream::new();
        }
        let (ident, krate) = (self.ident, &self.krate);
        let (state, generics) = match self.state {
            Some(state) => (quote!(#state), None),
            None => (quote!(__State), Some(quote!(<__State>))),
        };
        quote! {
            #krate::__if_axum! {
                impl #ident {
                    pub fn router #generics () -> #krate::__private::axum::Router<#state> {
                        ::core::unreachable!()
                    }
                }
            }
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
        (Some(of), Some(last)) => options::hidden_type(&options::open_in(of, &last.ident)),
        (None, Some(last)) => options::hidden_type(&last.ident),
        (_, None) => options::hidden_type(&Ident::new("_", Span::call_site())),
    }
}

/// The type of which a handler is a function, by its path: `Dispatch::new_call`.
fn type_of(handler: &Path) -> Option<&Ident> {
    let parent = handler.segments.iter().rev().nth(1)?;
    let is_type = !matches!(parent.arguments, PathArguments::None)
        || parent.ident == "Self"
        || parent.ident.to_string().starts_with(char::is_uppercase);
    is_type.then_some(&parent.ident)
}

/// The module that a handler's path names, or that its type stands in.
struct Module {
    /// As `__twins!` takes it.
    path: TokenStream,
    start: TokenStream,
    /// What of the path is behind its start.
    rest: String,
}

impl Module {
    fn of(handler: &Path, with_their_own_name: &[&Ident]) -> Self {
        let own = if type_of(handler).is_some() { 2 } else { 1 };
        let segments = handler.segments.iter().map(|segment| &segment.ident);
        let mut module: Vec<_> = segments.collect();
        module.truncate(module.len() - own);
        let leading = handler.leading_colon;
        if module.is_empty() {
            return Self {
                path: quote!(self),
                start: quote!(Above(0)),
                rest: String::new(),
            };
        }
        let path = quote!(#leading #(#module)::*);
        let is_keyword = |word: &str| *module[0] == *word;
        let keywords = module
            .iter()
            .take_while(|segment| **segment == "self" || **segment == "super");
        let (path, start, skipped) = match keywords.count() {
            0 if is_keyword("crate") => (path, quote!(Crate), 1),
            0 if is_keyword("$crate") => (path, quote!(Anywhere), 1),
            0 if with_their_own_name.contains(&module[0]) => {
                (quote!(as #path), quote!(Anywhere), 0)
            }
            0 => (path, quote!(Anywhere), 0),
            count => {
                let above = count - usize::from(is_keyword("self"));
                (path, quote!(Above(#above)), count)
            }
        };
        let rest: Vec<_> = module[skipped..].iter().map(ToString::to_string).collect();
        Self {
            path,
            start,
            rest: rest.join("::"),
        }
    }
}
