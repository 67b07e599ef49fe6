#[derive(Clone, Copy, tiergate::Tier)]
enum Tier<const N: usize> {
    Free,
    Plus,
}

fn main() {}
