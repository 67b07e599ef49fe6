use tiergate::Catalogue;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers())]
struct Units;

#[derive(Catalogue)]
#[catalogue(tier = Tier, include(Units, Units))]
struct Api;

fn main() {}
