use axum::Json;
use axum::extract::{Path, State};
use tiergate::{Catalogue, requires_tier};

#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
pub enum Tier {
    Free,
    Plus,
    Pro,
}

#[derive(Clone)]
pub struct App;

#[requires_tier(Plus, post = "/below/{id}")]
#[axum::debug_handler]
async fn below(State(_): State<App>, Path(id): Path<u32>, Json(body): Json<u32>) -> String {
    (id + body).to_string()
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, state = App, handlers(below))]
struct Api;

fn main() {
    let _: axum::Router = Api::router().with_state(App);
}
