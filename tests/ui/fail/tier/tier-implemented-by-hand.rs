use tiergate::{NoFeatures, UnknownTier};

#[derive(Clone, Copy)]
pub enum Tier {
    Free,
    Plus,
}

impl tiergate::Tier for Tier {
    type Features = NoFeatures;
    const ALL: &'static [Self] = &[Self::Free, Self::Plus];
    const NAMES: &'static [&'static str] = &["Free", "Plus"];
    const RANKS: &'static [u32] = &[1, 2];
    fn name(self) -> &'static str {
        ["Free", "Plus"][self as usize]
    }
    fn rank(self) -> u32 {
        self as u32 + 1
    }
    fn allows(self, _: Self) -> bool {
        true
    }
    fn from_name(name: &str) -> Result<Self, UnknownTier> {
        unimplemented!("{name}")
    }
    fn from_rank(rank: u32) -> Result<Self, UnknownTier> {
        unimplemented!("{rank}")
    }
}

fn main() {}
