use tiergate::Guard;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

fn main() {
    let _ = Guard::check(Tier::Plus);
}
