// The open handler's hidden type comes along with the import, its function does not.
mod common {
    #[tiergate::requires_tier(public = "the version is no secret", get = "/export")]
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
