#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus { seats: u8 },
}

fn main() {}
