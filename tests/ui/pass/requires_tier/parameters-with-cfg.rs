//! Parameters that some builds do not have.
use tiergate::{Catalogue, Guard, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[requires_tier(Plus, get = "/removed")]
async fn removed(#[cfg(any())] _id: u8, _query: String) {}

#[requires_tier(Plus, get = "/kept")]
async fn kept(#[cfg(all())] _id: String) {}

#[requires_tier(Plus, get = "/all-removed")]
async fn all_removed(#[cfg(any())] _id: u8, #[cfg(not(all()))] _query: u8) {}

#[requires_tier(Plus, get = "/alternatives")]
async fn alternatives(#[cfg(all())] _id: String, #[cfg(any())] _id: u8) {}

#[requires_tier(Plus, get = "/nested")]
async fn nested(
    #[cfg_attr(all(), cfg(any()))] _id: u8,
    #[cfg_attr(any(), cfg(any()))] _query: String,
    #[cfg_attr(all(), cfg_attr(all(), cfg(any())))] _body: u8,
) {
}

#[requires_tier(Plus)]
fn impl_trait(#[cfg(any())] _write: impl Copy, _rows: u8) {}

#[requires_tier(Plus)]
#[rustfmt::skip]
fn seventeen(
    _1: u8, _2: u8, _3: u8, _4: u8, _5: u8, _6: u8, _7: u8, _8: u8, _9: u8, _10: u8, _11: u8, _12: u8,
    _13: u8, _14: u8, _15: u8, _16: u8, #[cfg(any())] _17: u8,
) {
}

#[requires_tier(public = "all may", get = "/open")]
async fn open(#[cfg(any())] _id: u8) {}

struct Dispatch;

#[tiergate::gated]
impl Dispatch {
    #[requires_tier(Plus)]
    fn call(&self, #[cfg(any())] _id: u8, _text: &str) {}

    #[requires_tier(Plus)]
    #[cfg_attr(all(), cfg(any()))]
    fn removed(&self) {}
}

#[requires_tier(Plus)]
#[cfg_attr(all(), cfg(any()))]
fn below(_: NoSuchType) {}

macro_rules! with_condition {
    ($(#[$condition:meta])*) => {
        #[requires_tier(Plus, get = "/from-a-macro")]
        async fn from_a_macro($(#[$condition])* _id: String, _query: String) {}
    };
}
with_condition!(#[cfg(any())]);

#[derive(Catalogue)]
#[catalogue(
    tier = Tier,
    state = (),
    handlers(removed, kept, all_removed, alternatives, nested, open, from_a_macro)
)]
struct Api;

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(impl_trait, seventeen, Dispatch::call))]
struct Others;

fn main() {
    assert_eq!(Api::ENDPOINTS.len() + Others::ENDPOINTS.len(), 10);
    assert_eq!(tiergate::registry().len(), 10);
    drop(Api::router());
    let guard = Guard::check(Tier::Plus).expect("Plus allows Plus");
    impl_trait(guard, 1);
}
