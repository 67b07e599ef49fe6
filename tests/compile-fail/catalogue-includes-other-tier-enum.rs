use tiergate::Catalogue;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[derive(Clone, Copy, tiergate::Tier)]
enum Plan {
    Basic,
    Gold,
}

#[derive(Catalogue)]
#[catalogue(tier = Plan, handlers())]
struct Plans;

#[derive(Catalogue)]
#[catalogue(tier = Tier, include(Plans))]
struct Api;

fn main() {}
