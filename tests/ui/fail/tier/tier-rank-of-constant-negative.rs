const BASE: isize = -3;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free = BASE,
    Plus = 3,
}

fn main() {}
