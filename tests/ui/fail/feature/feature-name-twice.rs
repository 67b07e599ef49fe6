#[derive(Clone, Copy, tiergate::Feature)]
enum Feature {
    #[add_on(name = "A")]
    #[add_on(name = "B")]
    Radio,
}

fn main() {}
