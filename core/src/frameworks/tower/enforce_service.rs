//! The service that checks each request before it calls the inner service.

use crate::access::caller::{Caller, Permit};
use crate::access::check;
use crate::access::check::Resolution;
use crate::access::overrides::Overrides;
use crate::access::refusal::Refusal;
use crate::catalogue::Catalogue;
use crate::endpoint::Endpoint;
use crate::endpoint::need::Need;
use crate::frameworks::tower::candidates::Candidates;
use crate::frameworks::tower::enforce_layer::EnforceLayer;
use crate::frameworks::tower::enforce_refusal::EnforceRefusal;
use crate::frameworks::tower::response_body::ResponseBody;
use crate::frameworks::tower::response_future::ResponseFuture;
use crate::tier::Tier;
#[cfg(feature = "quota")]
use crate::{
    frameworks::quota_headers::connect_info,
    frameworks::take_quota::take_quota,
    quota::{in_program::may_limit, in_request::RequestQuotas},
};
#[cfg(any(feature = "quota", feature = "source"))]
use bytes::Bytes;
#[cfg(any(feature = "quota", feature = "source"))]
use http::request::Parts;
use http::{Extensions, Request, Response};
use std::task::{Context, Poll};
use tower_layer::Layer;
use tower_service::Service;

impl<S, C> Layer<S> for EnforceLayer<C> {
    type Service = Enforce<S, C>;

    fn layer(&self, inner: S) -> Enforce<S, C> {
        Enforce {
            inner,
            layer: self.clone(),
        }
    }
}

/// The service that [`EnforceLayer`] creates.
#[derive(Debug)]
pub struct Enforce<S, C> {
    inner: S,
    layer: EnforceLayer<C>,
}

impl<S: Clone, C> Clone for Enforce<S, C> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            layer: self.layer.clone(),
        }
    }
}

impl<S, C, B, R> Service<Request<B>> for Enforce<S, C>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send + 'static,
    C: Catalogue + 'static,
    B: Send + 'static,
{
    type Response = Response<ResponseBody<R>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let endpoints = match self.layer.endpoints(&request) {
            Ok(endpoints) => endpoints,
            Err(refused) => return self.refuse(&refused, request),
        };
        if endpoints.are_public() {
            return ResponseFuture::allowed(self.inner.call(request));
        }
        #[cfg(any(feature = "quota", feature = "source"))]
        if must_wait::<C>(&endpoints, request.extensions()) {
            // Calls the service that `poll_ready` has prepared, and keeps a clone for the next request.
            let next = self.inner.clone();
            let inner = std::mem::replace(&mut self.inner, next);
            let layer = self.layer.clone();
            return ResponseFuture::waiting(check_and_call(inner, layer, endpoints, request));
        }
        let resolution = Resolution::from(request.extensions().get::<Caller<C::Tier>>());
        match check_caller::<C::Tier>(&endpoints, resolution, request.extensions()) {
            Ok(_) => {
                #[cfg(feature = "watch")]
                let request = self.layer.with_watched_call(&endpoints, request);
                ResponseFuture::allowed(self.inner.call(request))
            }
            Err(refusal) => self.refuse(&EnforceRefusal::Endpoint(refusal), request),
        }
    }
}

impl<S: Clone, C> Enforce<S, C> {
    #[cold]
    fn refuse<B, F>(&mut self, refused: &EnforceRefusal, request: Request<B>) -> ResponseFuture<F> {
        // When the inner service is ready, it may hold a resource until it is called, such as a slot in
        // a concurrency limit. A refused request doesn't call the inner service, so replacing the
        // service releases the resource.
        self.inner = self.inner.clone();
        ResponseFuture::refused(self.layer.respond(refused, request))
    }
}

/// Returns whether the check of a request looks up the caller or deducts from quotas.
#[cfg(any(feature = "quota", feature = "source"))]
#[cfg_attr(
    not(all(feature = "quota", feature = "source")),
    allow(unused_variables)
)]
fn must_wait<C: Catalogue>(endpoints: &Candidates, extensions: &Extensions) -> bool {
    #[cfg(feature = "source")]
    let is_unknown = crate::source::caller_lookup::is_needed::<C::Tier>(extensions);
    #[cfg(not(feature = "source"))]
    let is_unknown = false;
    #[cfg(feature = "quota")]
    let is_limited = C::quota().is_some() || endpoints.any(may_limit);
    #[cfg(not(feature = "quota"))]
    let is_limited = false;
    is_unknown || is_limited
}

/// Looks up the caller for a [`TierLayer`](crate::TierLayer), checks whether the caller may call the endpoint,
/// and deducts the cost of the call from the quotas. If all of this succeeds, calls the service. Otherwise,
/// returns a refusal response.
#[cfg(any(feature = "quota", feature = "source"))]
async fn check_and_call<S, C, B>(
    mut inner: S,
    layer: EnforceLayer<C>,
    endpoints: Candidates,
    request: Request<B>,
) -> Result<S::Future, Response<Bytes>>
where
    S: Service<Request<B>>,
    C: Catalogue,
{
    let (mut head, body) = request.into_parts();
    let checked = check_head::<C>(&endpoints, &mut head).await;
    let request = Request::from_parts(head, body);
    match checked {
        Ok(()) => {
            #[cfg(feature = "watch")]
            let request = layer.with_watched_call(&endpoints, request);
            Ok(inner.call(request))
        }
        Err(refusal) => Err(layer.respond(&EnforceRefusal::Endpoint(refusal), request)),
    }
}

#[cfg(any(feature = "quota", feature = "source"))]
async fn check_head<C: Catalogue>(endpoints: &Candidates, head: &mut Parts) -> Result<(), Refusal> {
    #[cfg(feature = "source")]
    let resolution = {
        let is_closed =
            |overrides: &Overrides<C::Tier>| endpoints.any(|endpoint| overrides.closes(endpoint));
        crate::source::caller_lookup::resolve(head, is_closed).await
    };
    #[cfg(not(feature = "source"))]
    let resolution = Resolution::from(head.extensions.get::<Caller<C::Tier>>().cloned());
    check_caller::<C::Tier>(endpoints, resolution.as_ref(), &head.extensions)?;
    #[cfg(feature = "quota")]
    if let Some(caller) = resolution.as_ref().caller() {
        for endpoint in endpoints.iter() {
            prepay::<C>(endpoint, caller, head).await?;
        }
    }
    Ok(())
}

/// Deducts the cost of a call to this endpoint. The guard behind this layer then deducts nothing.
///
/// If the layer can't know which of several endpoints handles the request, the request counts towards the
/// limits of all of them. Otherwise, clients could avoid a limit by writing the path differently.
#[cfg(feature = "quota")]
async fn prepay<C: Catalogue>(
    endpoint: Endpoint,
    caller: &Caller<C::Tier>,
    head: &Parts,
) -> Result<(), Refusal> {
    let are_expected = || C::quota().is_some();
    take_quota(endpoint, caller, head, connect_info, are_expected).await?;
    if let Some(quotas) = head.extensions.get::<RequestQuotas>() {
        quotas.prepay(endpoint);
    }
    Ok(())
}

/// Checks whether the caller may call all of these endpoints. If not, reports the first endpoint that
/// the caller may not call.
fn check_caller<T: Tier>(
    endpoints: &Candidates,
    resolution: Resolution<&Caller<T>>,
    extensions: &Extensions,
) -> Result<Permit<T>, Refusal> {
    let need_of = |endpoint: Endpoint| endpoint.need().filter(|_| endpoint.is_of::<T>());
    let endpoint = endpoints.first_refused(|endpoint| {
        let need = need_of(endpoint);
        check_request(endpoint, need.as_ref(), extensions).is_refused(resolution)
    });
    let need = need_of(endpoint);
    check_request(endpoint, need.as_ref(), extensions).check(resolution)
}

#[cfg_attr(not(feature = "source"), allow(unused_variables))]
fn check_request<'a, T: Tier>(
    endpoint: Endpoint,
    need: Option<&'a Need>,
    extensions: &'a Extensions,
) -> check::Request<'a, T, impl Fn(Option<&str>) -> Option<String> + use<'a, T>> {
    check::Request {
        endpoint,
        need,
        overrides: extensions.get::<Overrides<T>>(),
        name: move |id: Option<&str>| {
            #[cfg(feature = "source")]
            return crate::source::caller_lookup::name_in_logs::<T>(extensions, id);
            #[cfg(not(feature = "source"))]
            None
        },
        advice: "add your authentication layer outside of the `EnforceLayer`",
    }
}
