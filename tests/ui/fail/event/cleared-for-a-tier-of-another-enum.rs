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

#[derive(Clone, Copy, tiergate::Tier)]
enum Plan {
    Basic,
    Gold,
}

fn send(event: Cleared<UnitStatus>) {
    println!("{}", event.unit);
}

fn main() {
    send(UnitStatus { unit: 7 }.cleared_for(Plan::Gold).unwrap());
}
