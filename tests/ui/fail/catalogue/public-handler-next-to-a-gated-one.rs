// Two handlers have the same name. The import by name takes precedence over the glob import.
mod common {
    #[tiergate::requires_tier(public = "the version is not secret", get = "/version")]
    pub fn export() {}
}

mod paid {
    #[tiergate::requires_tier(crate::Tier::Plus, get = "/export")]
    pub fn export() {}
}

mod api {
    pub use super::{common::*, paid::export};
}

#[derive(Clone, Copy, tiergate::Tier)]
pub enum Tier {
    Free,
    Plus,
}

#[derive(tiergate::Catalogue)]
#[catalogue(tier = Tier, handlers(api::export))]
struct Api;

fn main() {}
