//! Catalogues without a list. Such a catalogue selects its endpoints from the registry on first use.

use crate::catalogue::Catalogue;
use crate::endpoint::Endpoint;
use crate::endpoint::registry::{HasRegistry, Target, linked};
use crate::route::index::Routes;
use std::sync::OnceLock;

/// The endpoints that a catalogue without a list selects from the registry on first use. The catalogue
/// selects the public endpoints and the endpoints that require a tier of its enum.
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

    /// Returns the selected endpoints.
    pub fn endpoints<C: Catalogue>(&'static self) -> &'static [Endpoint] {
        &self.select_once::<C>().0
    }

    /// Returns an index of the selected endpoints.
    pub fn routes<C: Catalogue>(&'static self) -> Routes {
        self.select_once::<C>().1
    }

    /// Selects the endpoints on first use. Public endpoints have no tier enum, so every catalogue
    /// without a list contains them.
    fn select_once<C: Catalogue>(&'static self) -> &'static (Box<[Endpoint]>, Routes) {
        self.0.get_or_init(|| {
            // A handler that is linked twice has a record for each copy of its tier enum. The registry
            // may contain the record for the wrong copy. The filter therefore considers all linked
            // records.
            let belongs_to_catalogue = |endpoint: &Endpoint| {
                endpoint.is_of::<C::Tier>() || endpoint.public_reason().is_some()
            };
            let mut endpoints: Vec<Endpoint> = linked().filter(belongs_to_catalogue).collect();
            // Sorts by the position in the source, because the linker's order changes from build to
            // build. This order also puts copies of a handler next to each other. The keys are cached,
            // because `module` searches the record's text.
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
