//! Handlers of one name on one line that differ only in what else they require.
use tiergate::{Catalogue, Endpoint};

#[derive(Clone, Copy, Debug, PartialEq, tiergate::Feature)]
pub enum Feature {
    Radio,
    BodyCam,
}

#[derive(Clone, Copy, Debug, PartialEq, tiergate::Tier)]
#[tier(features = Feature)]
pub enum Tier {
    Free,
    Plus,
    Pro = 7,
}

macro_rules! handlers {
    ($($module:ident [$($option:tt)*]),*) => {$(
        mod $module {
            pub(super) fn declare() -> tiergate::Endpoint {
                use super::{Feature, Tier};
                #[tiergate::requires_tier(Pro, $($option)*)]
                fn list() {}
                let _ = (Feature::Radio, Tier::Free);
                endpoint_of(list)
            }

            fn endpoint_of<E: tiergate::Gated>(_: impl Fn(tiergate::Guard<E>)) -> tiergate::Endpoint {
                E::ENDPOINT
            }
        }
    )*};
}

handlers!(a [feature = Radio], b [feature = BodyCam], c [or_feature = Radio], d [enforced = Free]);

#[derive(Catalogue)]
#[catalogue(tier = Tier)]
struct Everything;

fn main() {
    let endpoints: [Endpoint; 4] = [a::declare(), b::declare(), c::declare(), d::declare()];
    for (index, endpoint) in endpoints.iter().enumerate() {
        for other in &endpoints[index + 1..] {
            assert_ne!(endpoint, other);
        }
    }
    assert_eq!(Everything::endpoints().len(), 4);
}
