#[derive(Clone, Copy, tiergate::Feature)]
enum Feature {
    Radio,
    #[add_on(name = "RADIO")]
    Transmitter,
}

fn main() {}
