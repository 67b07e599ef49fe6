//! Catalogues without a list. Such a catalogue selects its endpoints from the registry on first use.

use crate::catalogue::Catalogue;
use crate::endpoint::Endpoint;
use crate::endpoint::registry::{HasRegistry, Target, linked};
use crate::route::index::Routes;
use std::sync::OnceLock;

/// The endpoints that a catalogue without a list selects from the registry on first use. The catalogue
/// selects the public endpoints and the endpoints that require a tier of its enum.
pub struct Registered(OnceLock<Selected>);

struct Selected {
    endpoints: Vec<Endpoint>,
    events: Vec<Endpoint>,
    routes: Routes,
}

impl Registered {
    /// Creates a catalogue that hasn't selected its endpoints yet.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self
    where
        for<'a> &'a Target: HasRegistry,
    {
        Self(OnceLock::new())
    }

    /// Returns the selected endpoints.
    pub fn endpoints<C: Catalogue>(&'static self) -> &'static [Endpoint] {
        &self.select_once::<C>().endpoints
    }

    /// Returns the selected events.
    pub fn events<C: Catalogue>(&'static self) -> &'static [Endpoint] {
        &self.select_once::<C>().events
    }

    /// Returns an index of the selected endpoints.
    pub fn routes<C: Catalogue>(&'static self) -> Routes {
        self.select_once::<C>().routes
    }

    /// Selects the endpoints on first use. Public endpoints have no tier enum, so every catalogue
    /// without a list contains them.
    fn select_once<C: Catalogue>(&'static self) -> &'static Selected {
        self.0.get_or_init(|| {
            // If a crate is linked twice, each of its handlers has two records, one for each copy of the
            // tier enum. The registry contains only one of the two records, which may refer to the wrong
            // copy. The catalogue therefore searches all linked records instead of the registry.
            let belongs_to_catalogue = |endpoint: &Endpoint| {
                endpoint.is_of::<C::Tier>() || endpoint.public_reason().is_some()
            };
            let mut endpoints: Vec<Endpoint> = linked().filter(belongs_to_catalogue).collect();
            // Sorts the endpoints by their position in the source code, because the order in which the
            // linker collects them can change from build to build. Sorting also puts copies of a handler
            // next to each other, so `dedup` removes them. The sort keys are cached, because `module` has
            // to search the record's text.
            endpoints.sort_by_cached_key(|endpoint| {
                (
                    (endpoint.module(), endpoint.file(), endpoint.line()),
                    (endpoint.name(), endpoint.path(), endpoint.method()),
                    endpoint.required_rank(),
                )
            });
            endpoints.dedup();
            let (events, endpoints): (Vec<_>, Vec<_>) =
                endpoints.into_iter().partition(Endpoint::is_event);
            Selected {
                routes: Routes::of(&endpoints),
                endpoints,
                events,
            }
        })
    }
}
