use tiergate::Event;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

struct UnitStatus;

impl Event for UnitStatus {}

fn main() {
    let _ = (Tier::Free, Tier::Plus);
}
