use tiergate::Catalogue;

#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
pub enum Tier {
    Free,
    Plus,
    Pro,
}

pub mod outer {
    pub mod inner {
        use crate::Tier;
        use tiergate::requires_tier;

        #[requires_tier(Plus)]
        pub fn public() {}

        #[requires_tier(Plus)]
        pub(crate) fn of_crate() {}

        #[requires_tier(Plus)]
        pub(super) fn of_parent() {}

        #[requires_tier(Plus)]
        pub(in crate::outer) fn of_outer() {}

        #[requires_tier(Plus)]
        fn private() {}

        #[derive(tiergate::Catalogue)]
        #[catalogue(tier = Tier, handlers(private, self::public, super::inner::of_crate))]
        pub struct Inner;
    }

    #[derive(tiergate::Catalogue)]
    #[catalogue(tier = crate::Tier, handlers(inner::of_parent, crate::outer::inner::of_outer))]
    pub struct Outer;
}

fn main() {
    assert_eq!(outer::inner::Inner::endpoints().len(), 3);
    assert_eq!(outer::Outer::endpoints().len(), 2);
}
