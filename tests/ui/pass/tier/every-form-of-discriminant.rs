const BASE: u8 = 3;

#[derive(Clone, Copy, Debug, PartialEq, tiergate::Tier)]
#[repr(u8)]
enum Constants {
    First = BASE,
    Second,
    Third = BASE + 10,
    Fourth = 0xff,
}

#[derive(Clone, Copy, Debug, PartialEq, tiergate::Tier)]
enum Gaps {
    #[tier(name = "nothing at all")]
    Free = 0,
    Pro = 4_u8 as isize,
    #[tier(name = "Größe")]
    One = 1_000_000,
}

#[derive(Clone, Copy, Debug, PartialEq, tiergate::Tier)]
enum Single {
    Only,
}

fn main() {
    assert_eq!(Constants::ALL.map_ranks(), [3, 4, 13, 255]);
    assert_eq!(Constants::try_from(13), Ok(Constants::Third));
    assert_eq!(Gaps::ALL.len(), 3);
    assert_eq!("NOTHING AT ALL".parse(), Ok(Gaps::Free));
    assert_eq!("GRÖßE".parse(), Ok(Gaps::One));
    assert_eq!(Gaps::from_rank(4), Ok(Gaps::Pro));
    assert_eq!(Single::Only.rank(), 0);
    assert!(Gaps::One.allows(Gaps::Free) && Constants::First.allows(Constants::First));
    let _ = Constants::Second == Constants::Fourth;
}

trait Ranks {
    fn map_ranks(&self) -> Vec<u32>;
}

impl Ranks for [Constants] {
    fn map_ranks(&self) -> Vec<u32> {
        self.iter().map(|tier| tier.rank()).collect()
    }
}
