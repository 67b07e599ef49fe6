#[derive(Clone, Copy, tiergate::Feature)]
enum Feature {
    Radio(u8),
    BodyCam,
}

fn main() {}
