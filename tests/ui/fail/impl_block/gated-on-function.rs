#[tiergate::gated]
fn new_call() {}

fn main() {}
