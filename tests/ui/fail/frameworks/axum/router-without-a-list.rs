#[derive(Clone, Copy, tiergate::Tier)]
pub enum Tier {
    Free,
    Plus,
}

#[derive(tiergate::Catalogue)]
#[catalogue(tier = Tier)]
struct Api;

fn main() {
    use tiergate::Catalogue as _;
    let app: axum::Router = Api::router();
    drop(app);
}
