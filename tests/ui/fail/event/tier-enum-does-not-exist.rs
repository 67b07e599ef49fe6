use tiergate::Event;

#[derive(Event)]
#[event(Plus)]
struct UnitStatus {
    unit: u32,
}

fn main() {}
