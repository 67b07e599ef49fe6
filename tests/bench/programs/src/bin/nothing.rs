//! An empty program, as the baseline for functions that run before `main`.

fn main() {}
