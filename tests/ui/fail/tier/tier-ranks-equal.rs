#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free = 1,
    Plus = 1,
}

fn main() {}
