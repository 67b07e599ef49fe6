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

fn any<T>() -> T {
    loop {}
}

fn main() {
    export(Guard { admission: any() }, 10);
}
