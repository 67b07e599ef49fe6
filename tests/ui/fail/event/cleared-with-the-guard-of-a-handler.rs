use tiergate::{Cleared, Event, requires_tier};

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

#[requires_tier(Plus, guard = pass)]
fn units(event: UnitStatus) {
    send(pass);
}

fn send(event: Cleared<UnitStatus>) {
    println!("{}", event.unit);
}

fn main() {
    let guard = tiergate::Guard::check(Tier::Plus).unwrap();
    units(guard, UnitStatus { unit: 7 });
}
