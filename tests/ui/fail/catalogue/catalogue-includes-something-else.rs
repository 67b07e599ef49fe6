use tiergate::Catalogue;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

struct Plans;

#[derive(Catalogue)]
#[catalogue(tier = Tier, include(Plans))]
struct Api;

fn main() {}
