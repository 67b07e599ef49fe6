use tiergate::Catalogue;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, include(Api))]
struct Api;

fn main() {}
