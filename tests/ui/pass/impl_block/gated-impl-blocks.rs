//! Every form of a function in an `impl`.
#![deny(missing_docs, unused, clippy::all, clippy::pedantic)]
#![forbid(unsafe_code)]

use std::pin::Pin;
use tiergate::{Catalogue, Denied, Guard, requires_tier};

/// The tiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
pub enum Tier {
    /// The first.
    Free,
    /// The second.
    Plus,
}

/// With type parameters.
pub struct Dispatch<'a, T: Into<u64>, const N: usize> {
    name: &'a str,
    calls: [T; N],
}

#[tiergate::gated]
#[cfg(unix)]
impl<'a, T: Into<u64> + Copy, const N: usize> Dispatch<'a, T, N>
where
    T: Send,
{
    /// Not gated, and neither is the constant.
    pub const LIMIT: usize = { 100 };

    /// Makes one.
    pub fn new(name: &'a str, calls: [T; N]) -> Self {
        Self { name, calls }
    }

    /// By reference.
    #[requires_tier(Plus, get = "/name")]
    pub fn name(&self) -> &str {
        self.name
    }

    /// By mutable reference, async, with a pattern.
    #[requires_tier(Plus, put = "/calls")]
    pub async fn set(&mut self, (index, call): (usize, T)) {
        self.calls[index] = call;
    }

    /// By value.
    #[requires_tier(Free, guard = pass)]
    pub fn into_sum(self) -> Result<u64, Denied> {
        pass.require(Tier::Free)?;
        Ok(self.calls.into_iter().map(Into::into).sum())
    }

    /// Boxed.
    #[requires_tier(Free)]
    pub fn boxed(self: Box<Self>) -> usize {
        self.calls.len()
    }

    /// Pinned.
    #[requires_tier(Free)]
    pub fn pinned(self: Pin<&mut Self>) -> usize {
        self.name.len()
    }

    /// Without `self`, and generic.
    #[requires_tier(Plus)]
    pub fn parse<P: std::str::FromStr>(text: &str) -> Option<P> {
        text.parse().ok()
    }

    /// Open to all.
    #[requires_tier(public = "everybody may know", get = "/limit")]
    pub fn limit(&self) -> usize {
        Self::LIMIT
    }

    /// Private.
    #[tiergate::requires_tier(Plus)]
    fn private(&self) -> usize {
        N
    }
}

/// A second type with a function of the same name, in the same module.
pub struct Units;

#[tiergate::gated]
impl Units {
    /// The same name.
    #[requires_tier(Plus, get = "/units/name")]
    pub fn name(&self) -> &'static str {
        "units"
    }
}

#[tiergate::gated]
#[cfg(not(unix))]
impl Missing {
    #[requires_tier(Plus)]
    fn never(&self) {}
}

/// Open handlers in a module of their own, in a type and beside it.
pub mod health {
    /// Open to all.
    pub struct Health;

    #[tiergate::gated]
    impl Health {
        /// Without `self`.
        #[tiergate::requires_tier(public = "no account", get = "/health")]
        #[must_use]
        pub fn check() -> bool {
            true
        }
    }

    /// Beside it.
    #[tiergate::requires_tier(public = "neither", get = "/health/2")]
    pub fn check() {}
}

#[derive(Catalogue)]
#[catalogue(
    tier = Tier,
    handlers(
        Dispatch::<'static, u8, 2>::name,
        Units::name,
        Dispatch::<'static, u8, 2>::boxed,
        Dispatch::<'static, u8, 2>::limit,
        health::Health::check,
        health::check,
    )
)]
struct Api;

fn main() -> Result<(), Denied> {
    let mut dispatch = Dispatch::new("a", [1_u8, 2]);
    assert_eq!(dispatch.name(Guard::check(Tier::Plus)?), "a");
    assert_eq!(dispatch.private(Guard::check(Tier::Plus)?), 2);
    assert_eq!(dispatch.limit(), 100);
    drop(dispatch.set(Guard::check(Tier::Plus)?, (0, 7)));
    assert_eq!(Pin::new(&mut dispatch).pinned(Guard::check(Tier::Free)?), 1);
    assert_eq!(dispatch.into_sum(Guard::check(Tier::Free)?)?, 3);
    let boxed = Box::new(Dispatch::new("b", [0_u8; 3]));
    assert_eq!(boxed.boxed(Guard::check(Tier::Free)?), 3);
    assert_eq!(Dispatch::<u8, 2>::parse::<u8>(Guard::check(Tier::Plus)?, "7"), Some(7));
    assert_eq!(Units.name(Guard::check(Tier::Plus)?), "units");
    assert_eq!(Api::ENDPOINTS.len(), 6);
    let reasons = Api::ENDPOINTS.iter().map(tiergate::Endpoint::public_reason);
    let expected = [None, None, None, Some("everybody may know"), Some("no account"), Some("neither")];
    assert!(reasons.eq(expected));
    Ok(())
}
