use tiergate::{Guard, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[derive(Clone, Copy, tiergate::Tier)]
enum Plan {
    Basic,
    Gold,
}

#[requires_tier(Plus)]
fn export(rows: usize) -> usize {
    rows
}

fn main() {
    export(Guard::check(Plan::Gold).unwrap(), 10);
}
