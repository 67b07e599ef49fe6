#[derive(Clone, Copy, tiergate::Feature)]
enum Feature {}

fn main() {}
