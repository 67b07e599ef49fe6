#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus = 4_294_967_296,
}

fn main() {}
