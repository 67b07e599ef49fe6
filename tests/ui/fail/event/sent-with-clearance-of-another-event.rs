use tiergate::{Cleared, Event};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[derive(Event)]
#[event(Plus)]
struct UnitStatus {
    unit: u32,
}

#[derive(Event)]
#[event(Free)]
struct UnitRemoved {
    unit: u32,
}

fn send(event: Cleared<UnitStatus>) {
    println!("{}", event.unit);
}

fn main() {
    let removed = UnitRemoved { unit: 7 };
    send(removed.cleared_for(Tier::Plus).unwrap());
}
