use tiergate::{Catalogue, requires_tier};

#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
pub enum Tier {
    Free,
    Plus,
    Pro,
}

#[requires_tier(Plus, get = "/units/{id}")]
async fn unit() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(unit))]
struct Api;

fn main() {
    // As `App::new().configure(Api::configure)`.
    let mut config = ();
    Api::configure(&mut config);
}
