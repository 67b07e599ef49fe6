use tiergate::{Catalogue, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

use axum::extract::State;

#[derive(Clone)]
struct Database;

#[requires_tier(Plus, get = "/units")]
async fn list(State(database): State<Database>) {
    let _ = database;
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(list))]
struct Api;

fn main() {
    let _: axum::Router<Database> = Api::router();
}
