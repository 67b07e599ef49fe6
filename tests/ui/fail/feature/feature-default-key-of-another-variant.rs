#[derive(Clone, Copy, tiergate::Feature)]
enum Feature {
    BodyCam,
    #[allow(non_camel_case_types)]
    Body_Cam,
}

fn main() {}
