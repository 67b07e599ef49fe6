//! Nothing, for what every program has.

fn main() {}
