#[derive(Clone, Copy, tiergate::Feature)]
enum Feature {
    #[add_on(key = "Body-Cam")]
    BodyCam,
}

fn main() {}
