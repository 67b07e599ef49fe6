//! The features of `tiergate` that the framework's macro below `#[requires_tier]` needs to pass a guard.

use super::framework_macro::RouteMacro;
use crate::syntax::cfg::cfg_attributes;
use crate::syntax::editor_spans::error_span;
use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::Attribute;
use syn::spanned::Spanned;

/// Returns checks that these features are enabled.
pub(crate) fn feature_checks(attributes: &[Attribute], krate: &TokenStream) -> TokenStream {
    let cfgs = cfg_attributes(attributes);
    let checks = attributes.iter().filter_map(|attribute| {
        let needed = needed_feature(attribute)?;
        let name = format_ident!("__needs_{needed}");
        let at = error_span(attribute.path().span());
        let call = quote_spanned!(at=> #krate::#name! {});
        // A macro's error points at its whole path.
        let call = call.into_iter().map(|mut token| {
            token.set_span(token.span().located_at(at));
            token
        });
        Some(quote!(#(#cfgs)* #(#call)*))
    });
    checks.collect()
}

fn needed_feature(attribute: &Attribute) -> Option<&'static str> {
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
        // The macro belongs to an unknown crate.
        _ if last.is_some() => None,
        "handler" => Some("poem_or_salvo"),
        "oai" => Some("poem"),
        // actix-web has paths with braces, and so do other crates' macros for axum.
        _ if route?.path.value().contains('<') => Some("rocket"),
        _ => Some("route_macros"),
    }
}

#[cfg(test)]
mod tests {
    use super::needed_feature;
    use syn::{Attribute, ItemFn};

    fn attributes(source: &str) -> Vec<Attribute> {
        let function: ItemFn = syn::parse_str(&format!("{source} fn f() {{}}")).expect(source);
        function.attrs
    }

    #[test]
    fn the_path_and_the_arguments_of_a_macro_decide_which_feature_it_needs() {
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
            assert_eq!(needed_feature(&attributes[0]), needed, "{source}");
        }
    }
}
