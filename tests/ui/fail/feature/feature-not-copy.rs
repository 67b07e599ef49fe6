#[derive(tiergate::Feature)]
enum Feature {
    Radio,
    BodyCam,
}

fn main() {}
