#[derive(Clone, Copy, tiergate::Feature)]
enum Feature {
    BodyCam,
    #[add_on(key = "body_cam")]
    Camera,
}

fn main() {}
