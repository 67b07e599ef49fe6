//! Determines the caller of a salvo request, for the guard and for handlers.

use crate::access::caller::Caller;
use crate::access::check::Resolution;
#[cfg(feature = "source")]
use crate::access::overrides::Overrides;
use crate::endpoint::Endpoint;
use crate::frameworks::connection_close::announce_close;
use crate::frameworks::problem::Problem;
use crate::tier::Tier;
use salvo_core::extract::{Extractible, Metadata};
use salvo_core::http::Body as _;
use salvo_core::{Depot, Request, Response, Scribe, Writer, async_trait};
#[cfg(feature = "source")]
use {crate::frameworks::shared_lookup::SharedLookup, std::sync::Arc};

/// How to add an authentication layer in this framework.
pub(super) const ADVICE: &str = "add your authentication hoop to the router of this route";

#[cfg_attr(not(feature = "source"), allow(unused_variables, clippy::unused_async))]
pub(super) async fn resolve<T: Tier>(
    request: &Request,
    depot: &mut Depot,
    endpoint: Option<Endpoint>,
) -> Resolution<Caller<T>> {
    let caller = depot.get_typed::<Caller<T>>().ok().cloned();
    #[cfg(feature = "source")]
    if let (None, Some(lookup)) = (&caller, shared_lookup::<T>(depot)) {
        let overrides = depot.get_typed::<Overrides<T>>().ok();
        if let (Some(overrides), Some(endpoint)) = (overrides, endpoint)
            && overrides.closes(endpoint)
        {
            return Resolution::CLOSED;
        }
        let resolution = lookup.resolve(|| Some(request_head(request))).await;
        if let Resolution::Caller(caller) = &resolution {
            depot.insert_typed(caller.clone());
        }
        return resolution;
    }
    Resolution::from(caller)
}

#[cfg(feature = "source")]
fn shared_lookup<T: Tier>(depot: &Depot) -> Option<Arc<SharedLookup<T>>> {
    depot.get_typed::<Arc<SharedLookup<T>>>().ok().cloned()
}

#[cfg(feature = "source")]
fn request_head(request: &Request) -> http::request::Parts {
    let (mut head, ()) = http::Request::new(()).into_parts();
    head.method = request.method().clone();
    head.uri = request.uri().clone();
    head.version = request.version();
    head.headers = request.headers().clone();
    head.extensions = request.extensions().clone();
    head
}

/// Returns the name that logs use for the caller with this id, or `None` if this request's lookup
/// didn't return that caller.
#[cfg_attr(
    not(feature = "source"),
    allow(unused_variables, clippy::extra_unused_type_parameters)
)]
pub(super) fn name_in_logs<T: Tier>(depot: &Depot, id: Option<&str>) -> Option<String> {
    #[cfg(feature = "source")]
    return shared_lookup::<T>(depot)?.name_in_logs(id);
    #[cfg(not(feature = "source"))]
    None
}

/// Extracts the caller. In a public handler behind a `TierLayer`, this extractor looks up the caller.
///
/// The error is a [`Problem`] document. Its status is 503 if the tier source is unavailable, and 500 if
/// the stored tier is invalid or if no layer identifies callers.
impl<'ex, T: Tier> Extractible<'ex> for Caller<T> {
    fn metadata() -> &'static Metadata {
        static METADATA: Metadata = Metadata::new("");
        &METADATA
    }

    #[allow(refining_impl_trait)]
    async fn extract(
        request: &'ex mut Request,
        depot: &'ex mut Depot,
    ) -> Result<Self, UnidentifiedCaller> {
        Problem::or_caller(resolve(request, depot, None).await, ADVICE)
            .map_err(|problem| UnidentifiedCaller(*problem))
    }
}

/// The error of the [`Caller`] extractor. It writes the problem document.
#[derive(Clone, Debug)]
pub struct UnidentifiedCaller(Problem);

#[async_trait]
impl Writer for UnidentifiedCaller {
    async fn write(self, request: &mut Request, _: &mut Depot, response: &mut Response) {
        self.0.instance(request.uri().path()).render(response);
        if !request.body().is_end_stream() {
            announce_close(request.version(), request.headers(), response.headers_mut());
        }
    }
}
