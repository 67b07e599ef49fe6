use tiergate::Catalogue;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handler())]
struct Api;

fn main() {}
