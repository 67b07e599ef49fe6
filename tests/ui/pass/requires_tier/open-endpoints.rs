use tiergate::{Catalogue, requires_tier};

#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
pub enum Tier {
    Free,
    Plus,
    Pro,
}

mod routes {
    #[tiergate::requires_tier(public = "health checks have no account", get = "/health")]
    pub async fn health() -> &'static str {
        "ok"
    }

    pub mod nested {
        #[tiergate::requires_tier(get = "/prices", public = "prices are public")]
        pub fn prices(number: u8) -> u8 {
            number
        }
    }
}

#[requires_tier(public = "it is the front door", get = "/")]
fn index() {}

#[requires_tier(Plus, get = "/units")]
fn units() {}

#[derive(Catalogue)]
#[catalogue(
    tier = Tier,
    handlers(units, index, routes::health, crate::routes::nested::prices, self::open_here)
)]
struct Api;

#[requires_tier(public = "as an example")]
fn open_here() {}

#[tokio::main]
async fn main() {
    assert_eq!(routes::health().await, "ok");
    assert_eq!(routes::nested::prices(3), 3);
    index();
    open_here();
    let open: Vec<_> = Api::endpoints().iter().filter_map(|endpoint| endpoint.public_reason()).collect();
    assert_eq!(open.len(), 4);
    assert_eq!(Api::available_to(Tier::Free).count(), 4);
    Api::audit().assert_clean();
}
