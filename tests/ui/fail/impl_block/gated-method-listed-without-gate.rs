use tiergate::{Catalogue, requires_tier};

#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
pub enum Tier {
    Free,
    Plus,
    Pro,
}

struct Dispatch;

#[tiergate::gated]
impl Dispatch {
    #[requires_tier(Plus, post = "/calls")]
    fn new_call(&self) {}

    fn forgotten(&self) {}
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(Dispatch::new_call, Dispatch::forgotten))]
struct Api;

fn main() {}
