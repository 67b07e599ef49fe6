//! Reads the web framework's attribute macro below `#[requires_tier]`: `#[get("/units/<id>")]` or
//! `#[handler]`.

use super::framework_path::{has_constraint, in_braces, translate};
use super::method::{METHODS, Route};
use super::prefix::with_prefixes;
use super::template;
use crate::syntax::errors::Errors;
use crate::syntax::option_list;
use proc_macro2::Ident;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, LitStr, Meta, Token};

/// Whether a macro below may need a name for each parameter. Otherwise the guard is named `_`, so that
/// `#[tracing::instrument]` doesn't record it.
pub(crate) fn needs_names(attributes: &[Attribute]) -> bool {
    const OTHERS: [&str; 4] = ["endpoint", "handler", "route", "routes"];
    attributes.iter().any(|attribute| {
        let last = attribute.path().segments.last();
        let is = |name: &&str| last.is_some_and(|last| last.ident == name);
        METHODS.iter().chain(&OTHERS).any(is)
    })
}

/// Returns the route of the route macro below, with the prefixes in front of its path.
pub(crate) fn route(
    attributes: &[Attribute],
    prefixes: [Option<&LitStr>; 2],
    errors: &mut Errors,
) -> Option<Route> {
    let mut found = None;
    for attribute in attributes {
        let Some(route) = RouteMacro::read(attribute) else {
            continue;
        };
        if found.is_some() || route.methods.len() > 1 {
            errors.at(
                attribute,
                "a handler has only one route in the catalogue; write a second handler, or choose a route: `#[requires_tier(…, get = \"/path\")]`",
            );
            return None;
        }
        found = Some(route);
    }
    let RouteMacro { methods, path, .. } = found?;
    let method = methods.into_iter().next()?;
    match translate(&path.value()).and_then(|template| with_prefixes(prefixes, template)) {
        Ok(template) => Some(Route { method, template }),
        Err(why) => {
            errors.at(
                &path,
                format!(
                    "the catalogue can't list this route, because {why}; write the route to list: `#[requires_tier(…, {method} = \"/path\")]`"
                ),
            );
            let template = template::in_place_of(&path.value());
            Some(Route { method, template })
        }
    }
}

/// Whether a route macro below looks at more than method and path: at a pattern, a guard, a format, a
/// query or a rank. Another handler may then answer the same route.
pub(crate) fn is_constrained(attributes: &[Attribute]) -> bool {
    attributes
        .iter()
        .filter_map(RouteMacro::read)
        .any(|route| route.is_constrained)
}

/// `#[get("/path")]` of actix-web and rocket, `#[route("/path", method = "GET")]` of actix-web,
/// `#[route(GET, uri = "/path")]` of rocket, `#[oai(path = "/path", method = "get")]` of poem-openapi.
pub(super) struct RouteMacro {
    methods: Vec<String>,
    pub(super) path: LitStr,
    is_constrained: bool,
}

impl RouteMacro {
    pub(super) fn read(attribute: &Attribute) -> Option<Self> {
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

#[cfg(test)]
mod tests {
    use super::{is_constrained, needs_names, route};
    use crate::syntax::errors::Errors;
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
            let found = route(&attributes(source), [None; 2], &mut errors);
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
            assert_eq!(is_constrained(&attributes(source)), expected, "{source}");
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
    fn some_macros_need_a_name_for_each_parameter() {
        for source in [
            "#[handler]",
            "#[rocket::get(\"/\")]",
            "#[routes]",
            "#[inline] #[endpoint]",
        ] {
            assert!(needs_names(&attributes(source)), "{source}");
        }
        assert!(!needs_names(&attributes(
            "#[cfg(unix)] /** x */ #[tracing::instrument]"
        )));
    }
}
