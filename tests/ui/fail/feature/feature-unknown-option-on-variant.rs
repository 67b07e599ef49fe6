#[derive(Clone, Copy, tiergate::Feature)]
enum Feature {
    #[add_on(alias = "x")]
    Radio,
}

fn main() {}
