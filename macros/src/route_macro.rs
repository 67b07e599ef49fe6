//! What the attribute macro of a web framework, below `#[requires_tier]`, says of the handler:
//! `#[get("/units/<id>")]`, `#[handler]`.

use crate::requires_tier::METHODS;
use crate::syntax::condition::cfgs;
use crate::syntax::errors::Errors;
use crate::syntax::option_list;
use crate::template;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use std::fmt::Write;
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{Attribute, LitStr, Meta, Token};

/// Whether the function goes on into a macro that may want a name for each parameter. Others get
/// `_`, so that `#[tracing::instrument]` records no guard.
pub(crate) fn wants_names(attributes: &[Attribute]) -> bool {
    const OTHERS: [&str; 4] = ["endpoint", "handler", "route", "routes"];
    attributes.iter().any(|attribute| {
        let last = attribute.path().segments.last();
        let is = |name: &&str| last.is_some_and(|last| last.ident == name);
        METHODS.iter().chain(&OTHERS).any(is)
    })
}

/// Returns the method's key and the template of the route macro below, behind the prefixes.
pub(crate) fn route(
    attributes: &[Attribute],
    prefixes: [Option<&LitStr>; 2],
    errors: &mut Errors,
) -> Option<(String, String)> {
    let mut found = None;
    for attribute in attributes {
        let Some(route) = RouteMacro::read(attribute) else {
            continue;
        };
        if found.is_some() || route.methods.len() > 1 {
            errors.at(
                attribute,
                "a handler with several routes has no one row in the catalogue; write a handler for each, or name the route to be shown: `#[requires_tier(…, get = \"/path\")]`",
            );
            return None;
        }
        found = Some(route);
    }
    let RouteMacro { methods, path, .. } = found?;
    let method = methods.into_iter().next()?;
    match translate(&path.value()).and_then(|template| behind(prefixes, template)) {
        Ok(template) => Some((method, template)),
        Err(why) => {
            errors.at(
                &path,
                format!(
                    "the catalogue cannot show this route: {why}. Write how it is to be shown: `#[requires_tier(…, {method} = \"/path\")]`"
                ),
            );
            Some((method, template::in_place_of(&path.value())))
        }
    }
}

/// Whether a route macro below decides by more than method and path, so that another handler may answer
/// the same route: by a pattern, a guard, a format, a query, or its rank.
pub(crate) fn is_constrained(attributes: &[Attribute]) -> bool {
    attributes
        .iter()
        .filter_map(RouteMacro::read)
        .any(|route| route.is_constrained)
}

/// The template behind the prefix of a scope and the `prefix_path` of a block.
fn behind(
    [prefix, prefix_path]: [Option<&LitStr>; 2],
    mut template: String,
) -> Result<String, String> {
    // Joined as poem-openapi does.
    if let Some(block) = prefix_path {
        let block = in_braces(block.value().trim_matches('/'));
        if template == "/" {
            template.clear();
        }
        template.insert_str(0, &block);
        if !template.starts_with('/') {
            template.insert(0, '/');
        }
    }
    if let Some(prefix) = prefix {
        if template == "/" {
            return Err(
                "frameworks differ in what `/` is behind a prefix: with or without a slash at its end"
                    .to_owned(),
            );
        }
        template.insert_str(0, &prefix.value());
    }
    template::check(&template)?;
    Ok(template)
}

/// Asks for the features without which the macro below cannot take a guard.
pub(crate) fn needs(attributes: &[Attribute], krate: &TokenStream) -> TokenStream {
    let cfgs = cfgs(attributes);
    let needs = attributes.iter().filter_map(|attribute| {
        let needed = needed_features(attribute)?;
        let name = format_ident!("__needs_{needed}");
        let at = attribute.path().span();
        let call = quote_spanned!(at=> #krate::#name! {});
        // The error of a macro stands where all of its path does.
        let call = call.into_iter().map(|mut token| {
            token.set_span(token.span().located_at(at));
            token
        });
        Some(quote!(#(#cfgs)* #(#call)*))
    });
    needs.collect()
}

fn needed_features(attribute: &Attribute) -> Option<&'static str> {
    let mut segments = attribute.path().segments.iter();
    let first = segments.next()?.ident.to_string();
    let last = segments
        .next_back()
        .map(|segment| segment.ident.to_string());
    let name = last.as_ref().unwrap_or(&first);
    let route = RouteMacro::read(attribute);
    match first.as_str() {
        "actix_web" if route.is_some() => Some("actix_web"),
        "rocket" if route.is_some() => Some("rocket"),
        "poem" if name == "handler" => Some("poem"),
        "salvo" | "salvo_core" if name == "handler" => Some("salvo"),
        // A macro of an unknown crate is that crate's affair.
        _ if last.is_some() => None,
        "handler" => Some("poem_or_salvo"),
        "oai" => Some("poem"),
        // Braces are those of actix-web, and of macros that other crates have for axum.
        _ if route?.path.value().contains('<') => Some("rocket"),
        _ => Some("route_macros"),
    }
}

/// `#[get("/path")]` of actix-web and rocket, `#[route("/path", method = "GET")]` of actix-web,
/// `#[route(GET, uri = "/path")]` of rocket, `#[oai(path = "/path", method = "get")]` of poem-openapi.
struct RouteMacro {
    methods: Vec<String>,
    path: LitStr,
    is_constrained: bool,
}

impl RouteMacro {
    fn read(attribute: &Attribute) -> Option<Self> {
        let Meta::List(list) = &attribute.meta else {
            return None;
        };
        let name = list.path.segments.last()?.ident.to_string();
        let is_method = METHODS.contains(&name.as_str());
        if !is_method && name != "route" && name != "oai" {
            return None;
        }
        let Arguments {
            mut methods,
            mut path,
            mut is_constrained,
        } = syn::parse2(list.tokens.clone()).ok()?;
        if name == "oai" {
            path = path.map(|path| LitStr::new(&in_braces(&path.value()), path.span()));
        }
        is_constrained |= path
            .as_ref()
            .is_some_and(|path| has_constraint(&path.value()));
        if is_method {
            methods = vec![name];
        }
        methods.retain(|method| METHODS.contains(&method.as_str()));
        (!methods.is_empty()).then_some(Self {
            methods,
            path: path?,
            is_constrained,
        })
    }
}

struct Arguments {
    methods: Vec<String>,
    path: Option<LitStr>,
    is_constrained: bool,
}

impl Parse for Arguments {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let (mut methods, mut path, mut is_constrained) = (Vec::new(), None, false);
        while !input.is_empty() {
            if input.peek(LitStr) {
                path = Some(input.parse()?);
            } else if let Some(key) = option_list::key_with_value(input) {
                match key.to_string().as_str() {
                    "uri" | "path" => path = Some(input.parse()?),
                    "method" => methods.push(input.parse::<LitStr>()?.value().to_lowercase()),
                    "guard" | "format" | "rank" => {
                        is_constrained = true;
                        option_list::skip_to_comma(input);
                    }
                    _ => option_list::skip_to_comma(input),
                }
            } else if input.peek(syn::Ident) {
                methods.push(input.parse::<Ident>()?.to_string().to_lowercase());
            }
            option_list::skip_to_comma(input);
            input.parse::<Option<Token![,]>>()?;
        }
        Ok(Self {
            methods,
            path,
            is_constrained,
        })
    }
}

/// A route of poem, `/units/:id/*rest`, as actix-web would write it.
fn in_braces(path: &str) -> String {
    let segments = path.split('/').map(|segment| {
        if let Some(name) = segment.strip_prefix(':') {
            format!("{{{name}}}")
        } else if let Some(name) = segment.strip_prefix('*') {
            format!("{{{name}}}*")
        } else {
            segment.to_owned()
        }
    });
    segments.collect::<Vec<_>>().join("/")
}

/// A route of rocket (`/units/<id>/<rest..>?<query>`) or actix-web (`/units/{id:\d+}/{rest:.*}`) as
/// a template.
fn translate(path: &str) -> Result<String, String> {
    let mut template = String::new();
    if path.is_empty() {
        return Err("it is empty, so it is a part of a longer one".to_owned());
    }
    if !path.starts_with('/') {
        template.push('/');
    }
    let mut unnamed = 0;
    let mut rest = path;
    while let Some(at) = rest.find(['{', '<', '?']) {
        let (before, parameter) = rest.split_at(at);
        template.push_str(before);
        if parameter.starts_with('?') {
            rest = "";
            break;
        }
        let length = length_of_parameter(parameter).ok_or("a bracket in it is not closed")?;
        let inner = &parameter[1..length - 1];
        rest = &parameter[length..];
        let (mut name, mut takes_rest) = match inner.split_once(':') {
            Some((name, pattern)) => (name.trim(), takes_rest(pattern.trim())?),
            None => match inner.strip_suffix("..") {
                Some(name) => (name, true),
                None => (inner, false),
            },
        };
        if let Some(behind) = rest.strip_prefix('*') {
            (takes_rest, rest) = (true, behind);
        }
        let numbered;
        if name == "_" {
            unnamed += 1;
            if unnamed > 1 {
                numbered = format!("_{unnamed}");
                name = &numbered;
            }
        }
        let star = if takes_rest { "*" } else { "" };
        let _ = write!(template, "{{{star}{name}}}");
    }
    template.push_str(rest);
    template::check(&template)?;
    Ok(template)
}

/// Whether a path of actix-web has a pattern, or one of rocket a query. With a query, rocket ranks the
/// route differently.
fn has_constraint(path: &str) -> bool {
    let mut rest = path;
    while let Some(at) = rest.find(['{', '<', '?']) {
        let parameter = &rest[at..];
        let Some(length) = length_of_parameter(parameter).filter(|_| !parameter.starts_with('?'))
        else {
            return true;
        };
        let pattern = parameter[1..length - 1].split_once(':');
        if pattern.is_some_and(|(_, pattern)| !matches!(pattern.trim(), "[^/]+" | ".*" | ".+")) {
            return true;
        }
        rest = &parameter[length..];
    }
    false
}

/// A pattern may have brackets of its own: `{id:\d{3}}`.
fn length_of_parameter(text: &str) -> Option<usize> {
    let (open, close) = match text.as_bytes().first()? {
        b'<' => ('<', '>'),
        _ => ('{', '}'),
    };
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        if c == open {
            depth += 1;
        } else if c == close {
            depth -= 1;
            if depth == 0 {
                return Some(at + 1);
            }
        }
    }
    None
}

/// Whether a pattern of actix-web takes all segments that follow; else it must take one.
fn takes_rest(pattern: &str) -> Result<bool, String> {
    match pattern {
        ".*" | ".+" => Ok(true),
        _ if pattern.contains(".*")
            || pattern.contains(".+")
            || pattern.replace("[^/", "").contains('/') =>
        {
            Err(format!("`{pattern}` can match more than one segment"))
        }
        _ => Ok(false),
    }
}

#[cfg(test)]
mod tests {
    use super::{behind, is_constrained, needed_features, route, translate, wants_names};
    use crate::syntax::errors::Errors;
    use syn::{Attribute, ItemFn, LitStr};

    fn attributes(source: &str) -> Vec<Attribute> {
        let function: ItemFn = syn::parse_str(&format!("{source} fn f() {{}}")).expect(source);
        function.attrs
    }

    #[test]
    fn routes_of_every_framework_are_translated() {
        for (path, template) in [
            ("/", "/"),
            ("/units", "/units"),
            ("units", "/units"),
            ("/units/<id>", "/units/{id}"),
            ("/units/<id>?<page>&<size..>", "/units/{id}"),
            ("/units?open", "/units"),
            ("/files/<path..>", "/files/{*path}"),
            ("/a/<_>/<_>/<_..>", "/a/{_}/{_2}/{*_3}"),
            ("/units/{id}", "/units/{id}"),
            (r"/units/{id:\d+}", "/units/{id}"),
            (r"/units/{id:\d{3}}/notes", "/units/{id}/notes"),
            ("/units/{id:[^/]+}", "/units/{id}"),
            ("/files/{tail:.*}", "/files/{*tail}"),
            ("/files/{tail}*", "/files/{*tail}"),
            ("/@{user}", "/@{user}"),
        ] {
            assert_eq!(translate(path).as_deref(), Ok(template), "{path}");
        }
    }

    #[test]
    fn routes_that_no_template_can_say_are_refused() {
        for (path, why) in [
            ("", "empty"),
            ("/units/<id", "not closed"),
            ("/{a}-{b}", "ends its segment"),
            ("/{file}.json", "ends its segment"),
            ("/{a:.*}/b", "nothing can follow"),
            ("/{a:x/y}", "more than one segment"),
            ("/{a:x.*}", "more than one segment"),
        ] {
            let message = translate(path).expect_err(path);
            assert!(message.contains(why), "{path}: {message}");
        }
    }

    #[test]
    fn every_form_of_a_route_macro_is_read() {
        for (source, expected) in [
            (r#"#[get("/a")]"#, Some(("get", "/a"))),
            (
                r#"#[actix_web::post("/a", name = "x")]"#,
                Some(("post", "/a")),
            ),
            (
                r#"#[rocket::put("/<a>", data = "<b>", rank = 2)]"#,
                Some(("put", "/{a}")),
            ),
            (r#"#[route("/a", method = "PATCH")]"#, Some(("patch", "/a"))),
            (
                r#"#[route(DELETE, uri = "/a?<b>")]"#,
                Some(("delete", "/a")),
            ),
            (
                r#"#[oai(path = "/a/:b/*c", method = "get")]"#,
                Some(("get", "/a/{b}/{*c}")),
            ),
            (r"#[oai(skip)]", None),
            (r#"#[route("/a", method = "TRACE")]"#, None),
            (r#"#[doc = "/a"]"#, None),
            (r"#[get]", None),
            (r"#[get(PATH)]", None),
            (r"#[handler]", None),
        ] {
            let mut errors = Errors::default();
            let found = route(&attributes(source), [None; 2], &mut errors);
            let found = found
                .as_ref()
                .map(|(method, path)| (method.as_str(), path.as_str()));
            assert_eq!(found, expected, "{source}");
            assert!(errors.is_empty(), "{source}");
        }
    }

    #[test]
    fn routes_that_decide_by_more_than_their_path_are_constrained() {
        for (source, expected) in [
            (r#"#[get("/a/{b}/{c:.*}")]"#, false),
            (r#"#[get("/a/{b:[^/]+}")]"#, false),
            (r#"#[get(r"/a/{b:\d{3}}")]"#, true),
            (r#"#[get("/a", name = "x")]"#, false),
            (r#"#[get("/a", guard = "is_mobile")]"#, true),
            (
                r#"#[route("/a", method = "GET", guard = "is_mobile")]"#,
                true,
            ),
            (r#"#[get("/<a>/<b..>")]"#, false),
            (r#"#[get("/<a>", rank = 2)]"#, true),
            (r#"#[post("/a", format = "json", data = "<b>")]"#, true),
            (r#"#[get("/a?open")]"#, true),
            (r#"#[oai(path = "/a/:b", method = "get")]"#, false),
            (r"#[handler]", false),
        ] {
            assert_eq!(is_constrained(&attributes(source)), expected, "{source}");
        }
    }

    #[test]
    fn prefixes_are_put_in_front() {
        let literal = |text| LitStr::new(text, proc_macro2::Span::call_site());
        for (prefix, block, template, expected) in [
            (Some("/v1"), None, "/a", Ok("/v1/a")),
            (None, Some("/users"), "/{id}", Ok("/users/{id}")),
            (None, Some("users/:id/"), "/a", Ok("/users/{id}/a")),
            (None, Some("/users"), "/", Ok("/users")),
            (None, Some("/"), "/a", Ok("/a")),
            (None, Some(""), "/", Ok("/")),
            (Some("/v1"), Some("/users"), "/", Ok("/v1/users")),
            (Some("/{a}"), None, "/{a}", Err("stands twice")),
            (Some("/v1"), None, "/", Err("behind a prefix")),
        ] {
            let (prefix, block) = (prefix.map(literal), block.map(literal));
            let found = behind([prefix.as_ref(), block.as_ref()], template.to_owned());
            match expected {
                Ok(expected) => assert_eq!(found.as_deref(), Ok(expected)),
                Err(why) => assert!(found.expect_err(why).contains(why)),
            }
        }
    }

    #[test]
    fn several_routes_are_an_error() {
        for source in [
            r#"#[get("/a")] #[post("/a")]"#,
            r#"#[route("/a", method = "GET", method = "POST")]"#,
            r#"#[routes] #[get("/a")] #[get("/b")]"#,
        ] {
            let mut errors = Errors::default();
            assert_eq!(route(&attributes(source), [None; 2], &mut errors), None);
            assert!(!errors.is_empty(), "{source}");
        }
    }

    #[test]
    fn what_a_macro_needs_is_known_by_its_path_or_its_arguments() {
        for (source, needed) in [
            (r#"#[get("/a")]"#, Some("route_macros")),
            (r#"#[get("/<a>")]"#, Some("rocket")),
            (r#"#[get("/{a}")]"#, Some("route_macros")),
            (r#"#[rocket::get("/a")]"#, Some("rocket")),
            (r#"#[actix_web::get("/a")]"#, Some("actix_web")),
            (r#"#[ntex::web::get("/a")]"#, None),
            (r"#[handler]", Some("poem_or_salvo")),
            (r#"#[oai(path = "/a/:b", method = "get")]"#, Some("poem")),
            (r"#[poem::handler]", Some("poem")),
            (r"#[salvo::handler]", Some("salvo")),
            (r"#[other::handler]", None),
            (r"#[inline]", None),
        ] {
            let attributes = attributes(source);
            assert_eq!(needed_features(&attributes[0]), needed, "{source}");
        }
    }

    #[test]
    fn some_macros_want_a_name_for_each_parameter() {
        for source in [
            "#[handler]",
            "#[rocket::get(\"/\")]",
            "#[routes]",
            "#[inline] #[endpoint]",
        ] {
            assert!(wants_names(&attributes(source)), "{source}");
        }
        assert!(!wants_names(&attributes(
            "#[cfg(unix)] /** x */ #[tracing::instrument]"
        )));
    }
}
