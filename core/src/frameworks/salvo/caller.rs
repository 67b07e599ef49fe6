//! Finds out who is calling, for the guard and for handlers.

use crate::access::caller::Caller;
use crate::access::check::Resolution;
use crate::frameworks::problem::Problem;
use crate::tier::Tier;
use salvo_core::extract::{Extractible, Metadata};
use salvo_core::{Depot, Request};
#[cfg(feature = "source")]
use {crate::frameworks::shared_lookup::SharedLookup, std::sync::Arc};

#[cfg_attr(not(feature = "source"), allow(unused_variables, clippy::unused_async))]
pub(super) async fn resolve<T: Tier>(request: &Request, depot: &mut Depot) -> Resolution<T> {
    let caller = depot.get_typed::<Caller<T>>().ok().cloned();
    #[cfg(feature = "source")]
    if let (None, Some(lookup)) = (&caller, lookup::<T>(depot)) {
        let resolution = lookup.resolve(|| Some(head(request))).await;
        if let Resolution::Caller(caller) = &resolution {
            depot.insert_typed(caller.clone());
        }
        return resolution;
    }
    Resolution::from(caller)
}

#[cfg(feature = "source")]
fn lookup<T: Tier>(depot: &Depot) -> Option<Arc<SharedLookup<T>>> {
    depot.get_typed::<Arc<SharedLookup<T>>>().ok().cloned()
}

#[cfg(feature = "source")]
fn head(request: &Request) -> http::request::Parts {
    let (mut head, ()) = http::Request::new(()).into_parts();
    head.method = request.method().clone();
    head.uri = request.uri().clone();
    head.version = request.version();
    head.headers = request.headers().clone();
    head.extensions = request.extensions().clone();
    head
}

/// Returns the name for logs of the caller with this id, if a lookup for this request found the caller.
#[cfg_attr(
    not(feature = "source"),
    allow(unused_variables, clippy::extra_unused_type_parameters)
)]
pub(super) fn name_in_logs<T: Tier>(depot: &Depot, id: Option<&str>) -> Option<String> {
    #[cfg(feature = "source")]
    return lookup::<T>(depot)?.name_in_logs(id);
    #[cfg(not(feature = "source"))]
    None
}

/// Extracts the caller. In a public handler behind a `TierLayer`, performs the lookup.
///
/// The error is a [`Problem`] document: 503 if the tier source is unavailable, or 500 if the stored tier
/// is invalid or no layer identifies callers.
impl<'ex, T: Tier> Extractible<'ex> for Caller<T> {
    fn metadata() -> &'static Metadata {
        static METADATA: Metadata = Metadata::new("");
        &METADATA
    }

    #[allow(refining_impl_trait)]
    async fn extract(request: &'ex mut Request, depot: &'ex mut Depot) -> Result<Self, Problem> {
        Problem::or_caller(resolve(request, depot).await).map_err(|problem| *problem)
    }
}
