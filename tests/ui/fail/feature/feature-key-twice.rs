#[derive(Clone, Copy, tiergate::Feature)]
enum Feature {
    #[add_on(key = "a", key = "b")]
    Radio,
}

fn main() {}
