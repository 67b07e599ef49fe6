//! Deprecated items that a catalogue has to name.
#![forbid(deprecated)]

use tiergate::{Catalogue, requires_tier};

#[derive(Clone, Copy, Debug, PartialEq, tiergate::Tier)]
pub enum Tier {
    Free,
    #[deprecated = "no longer sold"]
    #[allow(dead_code)]
    Silver,
    Plus,
}

#[deprecated(note = "call `new`")]
#[requires_tier(Plus, get = "/above")]
async fn above() {}

/// Below.
#[requires_tier(Plus, get = "/below")]
#[deprecated]
async fn below(_: String) {}

#[requires_tier(Plus, get = "/if")]
#[cfg_attr(all(), deprecated)]
async fn deprecated_here() {}

#[requires_tier(Plus, get = "/if-not")]
#[cfg_attr(any(), deprecated)]
async fn deprecated_elsewhere() {}

#[deprecated]
#[requires_tier(public = "all may", get = "/open")]
async fn open() {}

#[deprecated]
mod old {
    use super::Tier;
    use tiergate::requires_tier;

    #[requires_tier(Plus, get = "/module")]
    pub async fn in_module() {}

    #[requires_tier(Plus, get = "/type/{t}")]
    pub async fn generic<T: Send + 'static>() {}

    #[derive(tiergate::Catalogue)]
    #[catalogue(tier = Tier, state = (), handlers(others))]
    pub struct Others;

    #[requires_tier(Plus, get = "/others")]
    async fn others() {}
}

struct Dispatch;

#[tiergate::gated]
impl Dispatch {
    #[requires_tier(Plus, get = "/method")]
    #[deprecated]
    async fn method() {}

    #[deprecated]
    #[requires_tier(public = "all may", get = "/open-method")]
    async fn open_method() {}
}

tiergate::endpoint! {
    #[deprecated]
    declared(Plus, get = "/declared");
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(declared))]
#[deprecated]
struct Declared;

#[derive(Catalogue)]
#[catalogue(
    tier = Tier,
    state = (),
    handlers(
        above,
        below,
        deprecated_here,
        deprecated_elsewhere,
        open,
        self::old::in_module,
        old::generic::<u8>,
        Dispatch::method,
        Dispatch::open_method,
    ),
    include(old::Others)
)]
struct Api;

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(above, below, open))]
struct WithoutState;

fn main() {
    let deprecated: Vec<_> = Api::ENDPOINTS
        .iter()
        .filter(|endpoint| endpoint.is_deprecated())
        .map(tiergate::Endpoint::name)
        .collect();
    assert_eq!(
        deprecated,
        ["above", "below", "deprecated_here", "open", "method", "open_method"]
    );
    assert_eq!(Api::ENDPOINTS[1].summary(), "Below.");
    assert_eq!(Api::ENDPOINTS[4].public_reason(), Some("all may"));
    assert_eq!(Api::ENDPOINTS[4].module(), module_path!());
    drop(Api::router());
    let _: axum::Router = WithoutState::router();
    assert_eq!(Tier::from_rank(2), Ok(Tier::Plus));
}
