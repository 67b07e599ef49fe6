//! Limits from `macro_rules!` parameters.
use tiergate::Catalogue;

#[derive(Clone, Copy, tiergate::Tier)]
pub enum Tier {
    Free,
    Plus,
}

macro_rules! handler {
    ($name:ident $tier:ident $limit:literal $cost:literal) => {
        #[tiergate::requires_tier($tier, limit = $limit, cost = $cost)]
        fn $name() {}
    };
}

macro_rules! by_tier {
    ($name:ident $($tier:path = $limit:expr),*) => {
        #[tiergate::requires_tier(Free, limit($($tier = $limit),*))]
        fn $name() {}
    };
}

macro_rules! by_tokens {
    ($name:ident $($options:tt)*) => {
        #[tiergate::requires_tier($($options)*)]
        fn $name<T: Copy>(_: T) {}
    };
}

macro_rules! with_own_enum {
    ($name:ident) => {
        #[tiergate::requires_tier($crate::Tier::Free, limit($crate::Tier::Free = "1/day", $crate::Tier::Plus = "2/day"))]
        fn $name() {}
    };
}

macro_rules! catalogue {
    ($name:ident: $tier:ty { $($lowest:ident = $limit:literal),* } $($handler:path),*) => {
        #[derive(Catalogue)]
        #[catalogue(tier = $tier, quota($($lowest = $limit),*), handlers($($handler),*))]
        struct $name;
    };
}

handler!(plain Plus "60/minute" 3);
by_tier!(listed Free = "1/minute", Tier::Plus = "2/minute");
by_tokens!(generic Free, limit(Free = "3/minute", Plus = "4/minute"), cost = 0);
with_own_enum!(own);
catalogue!(Api: crate::Tier { Free = "3/hour", Plus = "4/hour" } plain, listed, generic<u8>, own);

fn main() {
    let limits: Vec<_> = Api::ENDPOINTS
        .iter()
        .map(|endpoint| (format!("{:?}", endpoint.limits().unwrap()), endpoint.cost()))
        .collect();
    let expected = [
        ("[Policy(Plus = \"60/minute\")]", 3),
        ("[Policy(Free = \"1/minute\"), Policy(Plus = \"2/minute\")]", 1),
        ("[Policy(Free = \"3/minute\"), Policy(Plus = \"4/minute\")]", 0),
        ("[Policy(Free = \"1/day\"), Policy(Plus = \"2/day\")]", 1),
    ];
    assert_eq!(limits, expected.map(|(limits, cost)| (limits.to_owned(), cost)));
    assert_eq!(Api::quota().unwrap().policies().count(), 2);
}
