use tiergate::{Catalogue, requires_tier};
use utoipa::OpenApi;

#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
pub enum Tier {
    Free,
    Plus,
    Pro,
}

/// Tells how a unit is doing.
#[requires_tier(Plus, get = "/below/{id}")]
#[utoipa::path(get, path = "/below/{id}", params(("id" = u32, Path)), responses((status = 200)))]
async fn below(axum::extract::Path(_id): axum::extract::Path<u32>) -> &'static str {
    "fine"
}

/// Tells how a unit is doing.
#[utoipa::path(get, path = "/above/{id}", params(("id" = u32, Path)), responses((status = 200)))]
#[requires_tier(Plus, get = "/above/{id}")]
async fn above(axum::extract::Path(_id): axum::extract::Path<u32>) -> &'static str {
    "fine"
}

#[derive(OpenApi)]
#[openapi(paths(below, above))]
struct Description;

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(below, above))]
struct Api;

fn main() {
    assert_eq!(Description::openapi().paths.paths.len(), 2);
    let _: axum::Router = Api::router();
}
