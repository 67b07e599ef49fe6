//! If `#[requires_tier]` is above a web framework's macro, checks that the `tiergate` feature for this
//! framework is enabled. Without this feature, the framework can't pass a guard to the handler.

use super::framework_macro::RouteMacro;
use crate::syntax::cfg_attributes::cfg_attributes;
use crate::syntax::spans::error_span;
use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::Attribute;
use syn::spanned::Spanned;

/// Returns a check for each of these attributes that is a framework's macro and needs a `tiergate`
/// feature.
pub(crate) fn feature_checks(attributes: &[Attribute], krate: &TokenStream) -> TokenStream {
    let cfgs = cfg_attributes(attributes);
    let feature_checks = attributes.iter().filter_map(|attribute| {
        let feature = needed_feature(attribute)?;
        let check_macro = format_ident!("__needs_{feature}");
        let macro_span = error_span(attribute.path().span());
        let check_call = quote_spanned!(macro_span=> #krate::#check_macro! {});
        // If the check fails, the compiler reports the error at the whole path of the check macro.
        // Every token of this path therefore needs the span of the framework's macro.
        let check_call = check_call.into_iter().map(|mut token| {
            token.set_span(token.span().located_at(macro_span));
            token
        });
        Some(quote!(#(#cfgs)* #(#check_call)*))
    });
    feature_checks.collect()
}

fn needed_feature(attribute: &Attribute) -> Option<&'static str> {
    let mut segments = attribute.path().segments.iter();
    let first_segment = segments.next()?.ident.to_string();
    let last_segment = segments
        .next_back()
        .map(|segment| segment.ident.to_string());
    let macro_name = last_segment.as_ref().unwrap_or(&first_segment);
    let route_macro = RouteMacro::parse(attribute);
    match first_segment.as_str() {
        "actix_web" if route_macro.is_some() => Some("actix_web"),
        "rocket" if route_macro.is_some() => Some("rocket"),
        "poem" if macro_name == "handler" => Some("poem"),
        "salvo" | "salvo_core" if macro_name == "handler" => Some("salvo"),
        // The macro belongs to a crate that tiergate doesn't support.
        _ if last_segment.is_some() => None,
        "handler" => Some("poem_or_salvo"),
        "oai" => Some("poem"),
        // Only rocket writes parameters in angle brackets. A macro without angle brackets may belong
        // to actix-web, to rocket, or to a crate with route macros for axum.
        _ if route_macro?.path.value().contains('<') => Some("rocket"),
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
