#[derive(Clone, Copy, tiergate::Feature)]
#[add_on(key = "radio")]
enum Feature {
    Radio,
}

fn main() {}
