/// The caller's tier, which an authentication layer passes to the guard.
///
/// An authentication layer always inserts a `Subscriber` into the request's extensions: one with the
/// caller's tier, or [`unknown`](Self::unknown) if it recognised nobody. If the extensions contain no
/// `Subscriber`, no layer ran. This is a mistake in the program, and the guard refuses the call.
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
    /// Creates a caller with this tier.
    pub const fn new(tier: T) -> Self {
        Self { tier: Some(tier) }
    }

    /// Creates a caller that the layer did not recognise.
    pub const fn unknown() -> Self {
        Self { tier: None }
    }

    /// Returns the caller's tier, or `None` if the caller is unknown.
    pub const fn tier(self) -> Option<T> {
        self.tier
    }
}

impl<T: Copy> From<T> for Subscriber<T> {
    fn from(tier: T) -> Self {
        Self::new(tier)
    }
}
