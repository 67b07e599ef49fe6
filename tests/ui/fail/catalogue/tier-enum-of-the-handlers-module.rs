// Both enums have the same name. That of the catalogue is meant.
mod emergency {
    #[derive(Clone, Copy, tiergate::Tier)]
    pub enum Tier {
        Gold,
    }

    #[tiergate::requires_tier(Gold, get = "/export")]
    pub fn export() {}
}

#[derive(Clone, Copy, tiergate::Tier)]
pub enum Tier {
    Free,
    Plus,
}

#[derive(tiergate::Catalogue)]
#[catalogue(tier = Tier, handlers(emergency::export))]
struct Api;

fn main() {}
