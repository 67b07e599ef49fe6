#[derive(Clone, Copy, tiergate::Feature)]
enum Feature {
    #[add_on(key = 1)]
    Radio,
}

fn main() {}
