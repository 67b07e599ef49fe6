// One mistake, though the catalogue is used.
#[derive(Clone, Copy, tiergate::Tier)]
pub enum Tier {
    Free,
    Plus,
}

#[tiergate::requires_tier(Plus, get = "/export")]
async fn export() {}

#[derive(tiergate::Catalogue)]
#[catalogue(tier = Tier, handlers(export, export))]
struct Api;

fn main() {
    let app: axum::Router = Api::router();
    drop(app);
}
