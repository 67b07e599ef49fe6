// The import brings the public handler's hidden type into scope, but not its function.
mod common {
    #[tiergate::requires_tier(public = "the version is not secret", get = "/export")]
    pub fn export() {}
}

use common::*;

fn export() {}

#[derive(Clone, Copy, tiergate::Tier)]
pub enum Tier {
    Free,
    Plus,
}

#[derive(tiergate::Catalogue)]
#[catalogue(tier = Tier, handlers(export))]
struct Api;

fn main() {}
