use tiergate::{Catalogue, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

use axum::extract::State;

#[derive(Clone)]
struct Database;

#[derive(Clone)]
struct Cache;

#[requires_tier(Plus, get = "/units")]
async fn list(State(cache): State<Cache>) {
    let _ = cache;
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, state = Database, handlers(list))]
struct Api;

fn main() {}
