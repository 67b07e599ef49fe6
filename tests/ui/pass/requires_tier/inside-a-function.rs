use tiergate::{Catalogue, Guard, requires_tier};

fn main() {
    #[derive(Clone, Copy, tiergate::Tier)]
    enum Tier {
        Free,
        Plus,
    }

    #[requires_tier(Plus, get = "/local")]
    fn local() -> u8 {
        7
    }

    #[derive(Catalogue)]
    #[catalogue(tier = Tier, handlers(local))]
    struct Api;

    #[derive(Catalogue)]
    #[catalogue(tier = Tier)]
    struct Registered;

    assert_eq!(local(Guard::check(Tier::Plus).unwrap()), 7);
    assert_eq!(Api::ENDPOINTS, Registered::endpoints());
    assert!(!Tier::Free.allows(Tier::Plus));
}
