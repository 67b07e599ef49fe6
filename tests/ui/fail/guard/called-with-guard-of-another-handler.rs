use tiergate::{Guard, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[requires_tier(Plus)]
fn export(rows: usize) -> usize {
    rows
}

#[requires_tier(Free)]
fn list() {}

fn main() {
    let guard = Guard::check(Tier::Free).unwrap();
    if false {
        list(guard);
    } else {
        export(guard, 10);
    }
}
