//! A renamed tier is read from its old names, and an identifier may differ from its own name only in case.

#[derive(Clone, Copy, Debug, PartialEq, tiergate::Tier)]
enum Tier {
    #[tier(name = "free")]
    Free,
    #[tier(name = "Team", alias = "Premium", alias = "Business")]
    Plus,
}

#[derive(Clone, Copy, Debug, PartialEq, tiergate::Tier)]
#[tier(trait_only)]
enum Plan {
    Basic,
    #[tier(alias = "Gold")]
    Best,
}

fn main() {
    for text in ["Team", "Plus", "premium", "BUSINESS"] {
        assert_eq!(text.parse(), Ok(Tier::Plus));
    }
    assert_eq!("Free".parse(), Ok(Tier::Free));
    assert_eq!(Tier::Plus.name(), "Team");
    assert_eq!(<Plan as tiergate::Tier>::from_name("gold"), Ok(Plan::Best));
    assert_ne!(Plan::Basic, Plan::Best);
}
