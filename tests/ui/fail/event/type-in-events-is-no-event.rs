use tiergate::Catalogue;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

struct UnitStatus {
    unit: u32,
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, events(UnitStatus))]
struct Api;

fn main() {}
