#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus(u8),
}

fn main() {}
