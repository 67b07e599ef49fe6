//! Other paths that clients use for an endpoint.

use super::V1;
use axum::Router;
use axum::extract::Request;
use axum::http::Uri;
use axum::http::uri::PathAndQuery;
use tiergate::{Catalogue, Endpoint};
use tower::util::MapRequest;

/// The paths that the documentation or the vendor's clients use for endpoints that the table of restrictions
/// lists by another name.
const ALIASES: [(&str, &str); 4] = [
    ("/civilian/edit_characters", "/civilian/edit_character"),
    ("/emergency/911_call", "/emergency/call_911"),
    (
        "/emergency/get_identifiers",
        "/emergency/get_account_identifiers",
    ),
    ("/general/lookup_value", "/general/lookup_int"),
];

/// Adds the paths in upper case and the aliases to the routes.
// A layer of the router would run after the router has chosen a route.
pub(crate) fn with_other_paths(app: Router) -> Router {
    let rewrite: fn(Request) -> Request = rewrite;
    Router::new().fallback_service(MapRequest::new(app, rewrite))
}

/// Replaces another path of an endpoint of version 1 with the endpoint's path.
fn rewrite(mut request: Request) -> Request {
    let path = request.uri().path().to_ascii_lowercase();
    let alias = ALIASES.iter().find(|(alias, _)| *alias == path);
    let path = alias.map_or(path.as_str(), |(_, path)| path);
    let Some(path) = V1::find("POST", path).and_then(Endpoint::path) else {
        return request;
    };
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::from_static(path));
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
    }
    request
}
