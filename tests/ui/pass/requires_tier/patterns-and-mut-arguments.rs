use tiergate::{Guard, requires_tier};

#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
pub enum Tier {
    Free,
    Plus,
    Pro,
}

struct Point {
    x: u32,
    y: u32,
}

#[requires_tier(Plus)]
fn sum(mut start: u32, Point { x, y }: Point, (a, [b, ..]): (u32, [u32; 3]), _: u8) -> u32 {
    start += x + y;
    start + a + b
}

fn main() {
    let guard = Guard::check(Tier::Plus).unwrap();
    assert_eq!(sum(guard, 1, Point { x: 2, y: 3 }, (4, [5, 6, 7]), 0), 15);
}
