#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {}

fn main() {}
