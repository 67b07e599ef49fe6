#[derive(Clone, Copy, tiergate::Feature)]
enum Feature {
    Radio = 5,
    BodyCam,
}

fn main() {}
