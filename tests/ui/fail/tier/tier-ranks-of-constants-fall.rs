const BASE: isize = 3;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free = BASE,
    Plus = BASE - 1,
}

fn main() {}
