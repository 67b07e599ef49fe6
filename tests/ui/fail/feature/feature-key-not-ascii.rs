#[derive(Clone, Copy, tiergate::Feature)]
enum Feature {
    Größe,
}

fn main() {}
