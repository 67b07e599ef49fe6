#[derive(Clone, Copy, tiergate::Feature)]
#[add_on(rename = "x")]
enum Feature {
    Radio,
}

fn main() {}
