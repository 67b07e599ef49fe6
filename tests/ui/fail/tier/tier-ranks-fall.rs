#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free = 3,
    Plus = 1,
}

fn main() {}
