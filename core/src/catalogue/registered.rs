//! A catalogue without a list: everything in the registry, picked on first use.

use crate::catalogue::Catalogue;
use crate::endpoint::Endpoint;
use crate::endpoint::registry::{HasRegistry, Target, linked};
use crate::route::index::Routes;
use std::sync::OnceLock;

/// The endpoints of one tier enum, picked from the registry on first use.
pub struct Registered(OnceLock<(Box<[Endpoint]>, Routes)>);

impl Registered {
    /// Nothing is picked yet.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self
    where
        for<'a> &'a Target: HasRegistry,
    {
        Self(OnceLock::new())
    }

    /// The endpoints.
    pub fn endpoints<C: Catalogue>(&'static self) -> &'static [Endpoint] {
        &self.picked::<C>().0
    }

    /// Their index.
    pub fn routes<C: Catalogue>(&'static self) -> Routes {
        self.picked::<C>().1
    }

    /// The open endpoints are of no tier enum, so they are in each catalogue.
    fn picked<C: Catalogue>(&'static self) -> &'static (Box<[Endpoint]>, Routes) {
        self.0.get_or_init(|| {
            // From all records: each tier enum has its own record of a handler that is linked twice.
            let is_own = |endpoint: &Endpoint| {
                endpoint.is_of::<C::Tier>() || endpoint.public_reason().is_some()
            };
            let mut endpoints: Vec<Endpoint> = linked().filter(is_own).collect();
            // The order of the linker changes from build to build. The order of the source does not.
            // The key also puts copies of a handler side by side. It is cached, because the module has
            // to be searched for in the text of the record.
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
