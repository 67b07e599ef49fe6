use tiergate::Event;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[derive(Event)]
#[event(public = "everybody may receive it")]
struct UnitStatus {
    unit: u32,
}

fn main() {}
