//! Types that describe the form of a handler's parameters. The form determines whether a catalogue can
//! list the handler.
// Public for generated code only.
#![allow(missing_docs)]

/// The placeholder tier type of public handlers, which have no tier.
pub struct AnyTier;

/// The form of a gated handler with `PARAMETERS` parameters after its guard.
pub struct Takes<const PARAMETERS: usize>;

/// The form of a gated handler with an `impl Trait` parameter.
pub struct HasImplTrait;

/// The form of a gated handler with more parameters than a listed handler can have.
pub struct TakesMore;

/// The form of an event, which isn't a function.
pub struct Event;

/// The form of a public handler, which has no guard.
pub struct TakesNoGuard;

/// Maps a number returned by [`forms::kind`] to a form.
pub struct Choice<const KIND: u8, const PARAMETERS: usize>;

/// Implemented by each valid [`Choice`], with the chosen form as the associated type.
pub trait Form {
    type Form;
}

impl<const PARAMETERS: usize> Form for Choice<0, PARAMETERS> {
    type Form = Takes<PARAMETERS>;
}

impl<const PARAMETERS: usize> Form for Choice<1, PARAMETERS> {
    type Form = HasImplTrait;
}

impl<const PARAMETERS: usize> Form for Choice<2, PARAMETERS> {
    type Form = TakesMore;
}

/// Names for the forms. If generated code contained the type with its number instead, such as
/// `Takes<2>`, the compiler would have to check each such number as a separate body.
pub mod forms {
    use super::{Choice, Form, Takes};
    pub use super::{Event, HasImplTrait, TakesMore};

    /// The form of a handler with a `#[cfg]` on some of its parameters.
    pub type Conditional<const KIND: u8, const PARAMETERS: usize> =
        <Choice<KIND, PARAMETERS> as Form>::Form;

    /// Returns the number that represents a handler's form in `Choice`.
    pub const fn kind(has_impl_trait: bool, parameters: usize) -> u8 {
        match parameters {
            _ if has_impl_trait => 1,
            0..=16 => 0,
            _ => 2,
        }
    }

    macro_rules! takes {
        ($($name:ident $parameters:literal)+) => {
            $(pub type $name = Takes<$parameters>;)+
        };
    }

    takes! {
        Takes0 0 Takes1 1 Takes2 2 Takes3 3 Takes4 4 Takes5 5 Takes6 6 Takes7 7 Takes8 8 Takes9 9
        Takes10 10 Takes11 11 Takes12 12 Takes13 13 Takes14 14 Takes15 15 Takes16 16
    }
}
