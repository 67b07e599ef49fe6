use tiergate::{Catalogue, Guard};

#[derive(Clone, Copy, tiergate::Tier)]
pub enum Tier {
    Free,
    Plus,
}

macro_rules! handler {
    (
        $(#[$meta:meta])*
        $visibility:vis fn $name:ident($($argument:ident: $type:ty),*) -> $result:ty $body:block
        $tier:ident $path:literal
    ) => {
        $(#[$meta])*
        #[tiergate::requires_tier($tier, get = $path, guard = pass)]
        $visibility async fn $name($($argument: $type),*) -> $result {
            let _ = pass.tier();
            $body
        }
    };
}

macro_rules! by_path {
    ($name:ident, $tier:path, $text:literal, $documentation:literal) => {
        #[doc = $documentation]
        #[tiergate::requires_tier($tier, name = $text)]
        fn $name() {}
    };
}

macro_rules! catalogue {
    ($name:ident, $tier:ty, $($handler:path),*) => {
        #[derive(Catalogue)]
        #[catalogue(tier = $tier, handlers($($handler),*))]
        struct $name;
    };
}

macro_rules! tiers {
    ($name:ident { $($variant:ident = $rank:literal $text:literal),* }) => {
        #[derive(Clone, Copy, tiergate::Tier)]
        pub enum $name { $(#[tier(name = $text)] $variant = $rank),* }
    };
}

handler! {
    /// Adds one.
    pub fn increment(number: u32, _label: &'static str) -> u32 { number + 1 }
    Plus "/increment/{number}"
}
by_path!(first, Tier::Free, "the first", "Does nothing.");
by_path!(second, crate::Tier::Plus, "the second", "Does nothing.");
catalogue!(Api, crate::Tier, increment, first, crate::second);
tiers!(Plan { Small = 1 "small", Big = 4 "big" });

#[tokio::main]
async fn main() {
    assert_eq!(increment(Guard::check(Tier::Plus).unwrap(), 4, "x").await, 5);
    let summaries: Vec<_> = Api::endpoints()
        .iter()
        .map(|endpoint| (endpoint.name(), endpoint.summary()))
        .collect();
    assert_eq!(
        summaries,
        [("increment", "Adds one."), ("the first", "Does nothing."), ("the second", "Does nothing.")]
    );
    assert_eq!("BIG".parse::<Plan>().map(Plan::rank), Ok(4));
}
