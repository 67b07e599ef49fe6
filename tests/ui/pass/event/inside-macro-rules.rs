//! Events from `macro_rules!`.
use tiergate::{Catalogue, Endpoint};

#[derive(Clone, Copy, tiergate::Tier)]
pub enum Tier {
    Free,
    Plus,
}

macro_rules! event {
    ($(#[$attribute:meta])* $visibility:vis $name:ident $tier:path, $text:literal) => {
        $(#[$attribute])*
        #[derive(tiergate::Event)]
        #[event($tier, name = $text)]
        $visibility struct $name;
    };
}

macro_rules! by_tokens {
    ($name:ident<$lifetime:lifetime> ($field:ty) $($options:tt)*) => {
        #[derive(tiergate::Event)]
        #[event($($options)*)]
        struct $name<$lifetime>(&$lifetime $field);
    };
}

macro_rules! whole_enum {
    ($name:ident { $($(#[doc = $doc:expr])* $variant:ident = $tier:ident),* $(,)? }) => {
        #[derive(tiergate::Event)]
        #[event(crate = tiergate)]
        enum $name {
            $($(#[doc = $doc])* #[event($tier)] $variant,)*
        }
    };
}

macro_rules! own_enum {
    ($name:ident) => {
        #[derive($crate::event_derive)]
        #[event($crate::Tier::Plus, enforced = $crate::Tier::Free)]
        struct $name;
    };
}

pub use tiergate::Event as event_derive;

macro_rules! catalogue {
    ($name:ident: $tier:ty { $($event:ty),* } $($path:path),*) => {
        #[derive(Catalogue)]
        #[catalogue(tier = $tier, events($($event,)* $($path),*))]
        struct $name;
    };
}

event! {
    /// From a parameter.
    pub(crate) Documented Tier::Plus, "documented"
}
event!(Plain Tier::Free, "plain");
by_tokens!(Borrowed<'a>(str) Plus, enforced = Free);
whole_enum!(Push {
    /// The first.
    First = Free,
    Second = Plus,
});
own_enum!(Own);
catalogue!(Api: crate::Tier { Documented, Plain, Borrowed<'_> } Push, self::Own);

fn main() {
    let expected = ["documented", "plain", "Borrowed", "First", "Second", "Own"];
    let names: Vec<_> = Api::EVENTS.iter().map(Endpoint::name).collect();
    assert_eq!(names, expected);
    assert_eq!(Api::EVENTS[0].summary(), "From a parameter.");
    assert_eq!(Api::EVENTS[3].summary(), "The first.");
    let _ = (Documented, Plain, Borrowed("x").0, Push::First, Push::Second, Own);
}
