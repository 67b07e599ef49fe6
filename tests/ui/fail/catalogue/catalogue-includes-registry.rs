use tiergate::Catalogue;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[derive(Catalogue)]
#[catalogue(tier = Tier)]
struct Everything;

#[derive(Catalogue)]
#[catalogue(tier = Tier, include(Everything))]
struct Api;

fn main() {}
