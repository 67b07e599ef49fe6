#[derive(tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

fn main() {}
