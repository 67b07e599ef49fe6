//! Events and their tiers inside function bodies.

fn main() {
    #[derive(Clone, Copy, tiergate::Tier)]
    enum Tier {
        Free,
        Plus,
    }

    #[derive(tiergate::Event)]
    #[event(Plus)]
    struct UnitStatus<T>(T);

    #[derive(tiergate::Event)]
    #[event(Free)]
    enum Push {
        Added,
    }

    #[derive(tiergate::Catalogue)]
    #[catalogue(tier = Tier, events(UnitStatus<u8>, Push))]
    struct Api;

    assert_eq!(Api::EVENTS.len(), 2);
    assert_eq!(UnitStatus(3).cleared_for(Tier::Plus).unwrap().0, 3);
    assert!(Push::Added.cleared_for(Tier::Free).is_ok());
    const _: () = {
        #[derive(tiergate::Event)]
        #[event(Plus)]
        struct UnitStatus;

        fn unit_status() -> UnitStatus {
            UnitStatus
        }
        let _: fn() -> UnitStatus = unit_status;
    };
}
