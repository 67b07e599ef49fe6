use tiergate::Catalogue;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[derive(Catalogue)]
#[catalogue()]
struct Api;

fn main() {}
