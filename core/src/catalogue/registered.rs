//! A catalogue without a list. It selects its endpoints from the registry on first use.

use crate::catalogue::Catalogue;
use crate::endpoint::Endpoint;
use crate::endpoint::registry::{HasRegistry, Target, linked};
use crate::route::index::Routes;
use std::sync::OnceLock;

/// The endpoints of one tier enum and the public endpoints, selected from the registry on first use.
pub struct Registered(OnceLock<(Box<[Endpoint]>, Routes)>);

impl Registered {
    /// Creates a catalogue that hasn't selected its endpoints yet.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self
    where
        for<'a> &'a Target: HasRegistry,
    {
        Self(OnceLock::new())
    }

    /// Returns the endpoints.
    pub fn endpoints<C: Catalogue>(&'static self) -> &'static [Endpoint] {
        &self.picked::<C>().0
    }

    /// Returns the index of the endpoints.
    pub fn routes<C: Catalogue>(&'static self) -> Routes {
        self.picked::<C>().1
    }

    /// Selects the endpoints on first use. Public endpoints have no tier enum, so every catalogue
    /// contains them.
    fn picked<C: Catalogue>(&'static self) -> &'static (Box<[Endpoint]>, Routes) {
        self.0.get_or_init(|| {
            // Filters all records, because a handler that is linked twice has a record for each copy of
            // its tier enum.
            let is_own = |endpoint: &Endpoint| {
                endpoint.is_of::<C::Tier>() || endpoint.public_reason().is_some()
            };
            let mut endpoints: Vec<Endpoint> = linked().filter(is_own).collect();
            // The order of the linker changes from build to build. The order of the source does not.
            // The key also sorts copies of a handler next to each other. It is cached, because it
            // takes a search of the record's text to find the module.
            endpoints.sort_by_cached_key(|endpoint| {
                (
                    (endpoint.module(), endpoint.file(), endpoint.line()),
                    (endpoint.name(), endpoint.path(), endpoint.method()),
                    endpoint.required_rank(),
                )
            });
            endpoints.dedup();
            let routes = Routes::of(&endpoints);
            (endpoints.into(), routes)
        })
    }
}
