#[derive(Clone, Copy, tiergate::Tier)]
union Tier {
    free: u8,
    plus: u8,
}

fn main() {}
