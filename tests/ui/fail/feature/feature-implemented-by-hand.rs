#[derive(Clone, Copy, tiergate::Feature)]
enum Feature {
    Radio,
}

impl tiergate::Feature for Feature {
    const ALL: &'static [Self] = &[];
    const KEYS: &'static [&'static str] = &[];
    const NAMES: &'static [&'static str] = &[];
    fn key(self) -> &'static str {
        ""
    }
    fn name(self) -> &'static str {
        ""
    }
    fn from_key(_key: &str) -> Option<Self> {
        None
    }
}

fn main() {}
