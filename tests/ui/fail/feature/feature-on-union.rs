#[derive(Clone, Copy, tiergate::Feature)]
union Feature {
    radio: u8,
}

fn main() {}
