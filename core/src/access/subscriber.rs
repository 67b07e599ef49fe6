/// Who is calling, as far as tiers go: what an authentication layer leaves for the guard.
///
/// A layer that ran puts one into the request's extensions in any case: with the caller's tier, or
/// [`unknown`](Self::unknown) when nobody was recognised. Where none is found, no layer ran, which
/// is an error of the program and never an open door.
///
/// ```
/// use tiergate::Subscriber;
///
/// #[derive(Clone, Copy, Debug, PartialEq, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// assert_eq!(Subscriber::from(Tier::Plus).tier(), Some(Tier::Plus));
/// assert_eq!(Subscriber::<Tier>::unknown().tier(), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subscriber<T> {
    tier: Option<T>,
}

impl<T: Copy> Subscriber<T> {
    /// A caller with this tier.
    pub const fn new(tier: T) -> Self {
        Self { tier: Some(tier) }
    }

    /// A caller whom the layer did not recognise.
    pub const fn unknown() -> Self {
        Self { tier: None }
    }

    /// The caller's tier; `None` if the caller is unknown.
    pub const fn tier(self) -> Option<T> {
        self.tier
    }
}

impl<T: Copy> From<T> for Subscriber<T> {
    fn from(tier: T) -> Self {
        Self::new(tier)
    }
}
