#[derive(Clone, Copy, tiergate::Feature)]
enum Feature {
    #[add_on(name = " ")]
    Radio,
}

fn main() {}
