use tiergate::Catalogue;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
    Pro,
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, quota(Plus = "100/day"))]
struct Api;

fn main() {}
