#[derive(Clone, Copy, tiergate::Feature)]
struct Feature;

fn main() {}
