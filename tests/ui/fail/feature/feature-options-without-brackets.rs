#[derive(Clone, Copy, tiergate::Feature)]
enum Feature {
    #[add_on]
    Radio,
}

fn main() {}
