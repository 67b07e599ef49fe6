#[derive(Clone, Copy, tiergate::Tier)]
struct Tier;

fn main() {}
