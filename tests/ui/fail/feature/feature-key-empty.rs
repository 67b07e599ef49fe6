#[derive(Clone, Copy, tiergate::Feature)]
enum Feature {
    #[add_on(key = "")]
    Radio,
}

fn main() {}
