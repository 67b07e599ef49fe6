#[derive(Clone, Copy, tiergate::Feature)]
enum Feature<const N: usize> {
    Radio,
    BodyCam,
}

fn main() {}
