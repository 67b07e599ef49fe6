//! Reads the web framework's attribute macro below `#[requires_tier]`, such as `#[get("/units/<id>")]` or
//! `#[handler]`.

use super::framework_path::{has_path_constraint, poem_path_in_braces, translate_path};
use super::prefix::with_prefixes;
use super::{HTTP_METHODS, Route, template};
use crate::syntax::error_collector::Errors;
use crate::syntax::option_parser;
use proc_macro2::Ident;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, LitStr, Meta, Token};

/// Returns whether a macro below `#[requires_tier]` may require a name for each parameter. If not, the
/// guard is named `_`, which keeps `#[tracing::instrument]` from recording the guard.
pub(crate) fn needs_named_parameters(attributes: &[Attribute]) -> bool {
    const OTHER_MACROS: [&str; 4] = ["endpoint", "handler", "route", "routes"];
    attributes.iter().any(|attribute| {
        let macro_name = attribute.path().segments.last();
        let is_named = |name: &&str| macro_name.is_some_and(|segment| segment.ident == name);
        HTTP_METHODS.iter().chain(&OTHER_MACROS).any(is_named)
    })
}

/// Returns the route from the framework's route macro below `#[requires_tier]`, with the prefixes in
/// front of the path.
pub(crate) fn framework_route(
    attributes: &[Attribute],
    prefixes: [Option<&LitStr>; 2],
    errors: &mut Errors,
) -> Option<Route> {
    let mut only_route_macro = None;
    for attribute in attributes {
        let Some(route_macro) = RouteMacro::parse(attribute) else {
            continue;
        };
        if only_route_macro.is_some() || route_macro.methods.len() > 1 {
            errors.at(
                attribute,
                "a handler has only one route in the catalogue; write a second handler, or choose a route: `#[requires_tier(…, get = \"/path\")]`",
            );
            return None;
        }
        only_route_macro = Some(route_macro);
    }
    let RouteMacro { methods, path, .. } = only_route_macro?;
    let method = methods.into_iter().next()?;
    match translate_path(&path.value()).and_then(|template| with_prefixes(prefixes, template)) {
        Ok(template) => Some(Route { method, template }),
        Err(why) => {
            errors.at(
                &path,
                format!(
                    "the catalogue can't list this route, because {why}; write the route to list: `#[requires_tier(…, {method} = \"/path\")]`"
                ),
            );
            let template = template::stand_in(&path.value());
            Some(Route { method, template })
        }
    }
}

/// Returns whether a route macro below `#[requires_tier]` checks more than the HTTP method and the
/// path: a pattern, a guard, a format, a query or a rank. Another handler may then serve the same
/// route.
pub(crate) fn is_route_constrained(attributes: &[Attribute]) -> bool {
    attributes
        .iter()
        .filter_map(RouteMacro::parse)
        .any(|route_macro| route_macro.is_constrained)
}

/// A framework's route macro:
///
/// - actix-web and rocket: `#[get("/path")]`
/// - actix-web: `#[route("/path", method = "GET")]`
/// - rocket: `#[route(GET, uri = "/path")]`
/// - poem-openapi: `#[oai(path = "/path", method = "get")]`
pub(super) struct RouteMacro {
    methods: Vec<String>,
    pub(super) path: LitStr,
    is_constrained: bool,
}

impl RouteMacro {
    pub(super) fn parse(attribute: &Attribute) -> Option<Self> {
        let Meta::List(list) = &attribute.meta else {
            return None;
        };
        let macro_name = list.path.segments.last()?.ident.to_string();
        let is_http_method = HTTP_METHODS.contains(&macro_name.as_str());
        if !is_http_method && macro_name != "route" && macro_name != "oai" {
            return None;
        }
        let RouteMacroArguments {
            mut methods,
            mut path,
            mut is_constrained,
        } = syn::parse2(list.tokens.clone()).ok()?;
        if macro_name == "oai" {
            path = path.map(|path| LitStr::new(&poem_path_in_braces(&path.value()), path.span()));
        }
        is_constrained |= path
            .as_ref()
            .is_some_and(|path| has_path_constraint(&path.value()));
        if is_http_method {
            methods = vec![macro_name];
        }
        methods.retain(|method| HTTP_METHODS.contains(&method.as_str()));
        (!methods.is_empty()).then_some(Self {
            methods,
            path: path?,
            is_constrained,
        })
    }
}

struct RouteMacroArguments {
    methods: Vec<String>,
    path: Option<LitStr>,
    is_constrained: bool,
}

impl Parse for RouteMacroArguments {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let (mut methods, mut path, mut is_constrained) = (Vec::new(), None, false);
        while !input.is_empty() {
            if input.peek(LitStr) {
                path = Some(input.parse()?);
            } else if let Some(key) = option_parser::parse_key_and_equals(input) {
                match key.to_string().as_str() {
                    "uri" | "path" => path = Some(input.parse()?),
                    "method" => methods.push(input.parse::<LitStr>()?.value().to_lowercase()),
                    "guard" | "format" | "rank" => {
                        is_constrained = true;
                        option_parser::skip_to_comma(input);
                    }
                    _ => option_parser::skip_to_comma(input),
                }
            } else if input.peek(syn::Ident) {
                methods.push(input.parse::<Ident>()?.to_string().to_lowercase());
            }
            option_parser::skip_to_comma(input);
            input.parse::<Option<Token![,]>>()?;
        }
        Ok(Self {
            methods,
            path,
            is_constrained,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{framework_route, is_route_constrained, needs_named_parameters};
    use crate::syntax::error_collector::Errors;
    use syn::{Attribute, ItemFn};

    fn attributes(source: &str) -> Vec<Attribute> {
        let function: ItemFn = syn::parse_str(&format!("{source} fn f() {{}}")).expect(source);
        function.attrs
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
            let found = framework_route(&attributes(source), [None; 2], &mut errors);
            let found = found
                .as_ref()
                .map(|route| (route.method.as_str(), route.template.as_str()));
            assert_eq!(found, expected, "{source}");
            assert!(errors.is_empty(), "{source}");
        }
    }

    #[test]
    fn routes_with_more_conditions_than_their_path_are_constrained() {
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
            assert_eq!(
                is_route_constrained(&attributes(source)),
                expected,
                "{source}"
            );
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
            assert_eq!(
                framework_route(&attributes(source), [None; 2], &mut errors),
                None
            );
            assert!(!errors.is_empty(), "{source}");
        }
    }

    #[test]
    fn some_macros_need_a_name_for_each_parameter() {
        for source in [
            "#[handler]",
            "#[rocket::get(\"/\")]",
            "#[routes]",
            "#[inline] #[endpoint]",
        ] {
            assert!(needs_named_parameters(&attributes(source)), "{source}");
        }
        assert!(!needs_named_parameters(&attributes(
            "#[cfg(unix)] /** x */ #[tracing::instrument]"
        )));
    }
}
