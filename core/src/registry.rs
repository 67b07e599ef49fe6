use crate::{Catalogue, Endpoint};
use linkme::distributed_slice;
use std::sync::OnceLock;

/// The records of all handlers, put side by side by the linker.
#[distributed_slice]
pub static ENDPOINTS: [Endpoint];

/// Every annotated handler that is linked into the program, however many crates it came from.
///
/// The linker puts the records side by side: nothing runs at start-up, and the order is not
/// specified. A crate that nothing refers to is not linked, and its handlers are not here.
///
/// ```standalone_crate
/// use tiergate::requires_tier;
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// #[requires_tier(Plus)]
/// fn export() {}
///
/// #[requires_tier(public = "everybody may see the prices")]
/// fn prices() {}
///
/// let mut names: Vec<_> = tiergate::registry().iter().map(|endpoint| endpoint.name()).collect();
/// names.sort();
/// assert_eq!(names, ["export", "prices"]);
/// ```
pub fn registry() -> &'static [Endpoint] {
    &ENDPOINTS
}

/// The endpoints of one tier enum, picked from the registry on first use.
pub struct Registered {
    endpoints: OnceLock<Box<[Endpoint]>>,
}

impl Registered {
    /// Nothing is picked yet.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self {
            endpoints: OnceLock::new(),
        }
    }

    /// The open endpoints are of no tier enum, so they are in each catalogue.
    pub fn of<C: Catalogue>(&'static self) -> &'static [Endpoint] {
        self.endpoints.get_or_init(|| {
            let mut endpoints: Vec<Endpoint> = registry()
                .iter()
                .filter(|endpoint| {
                    endpoint.is_of::<C::Tier>() || endpoint.public_reason().is_some()
                })
                .copied()
                .collect();
            // The linker's order changes from build to build; the source's does not.
            endpoints.sort_by_key(|endpoint| {
                (
                    endpoint.module(),
                    endpoint.file(),
                    endpoint.line(),
                    endpoint.name(),
                )
            });
            endpoints.into()
        })
    }
}
