//! The layer that enforces a catalogue. It stores the settings, finds the endpoint of a request, and
//! creates the responses to refusals.

#[cfg(feature = "watch")]
use crate::access::caller::Caller;
use crate::access::telemetry;
use crate::catalogue::Catalogue;
#[cfg(feature = "watch")]
use crate::endpoint::registry;
use crate::frameworks::tower::candidates::Candidates;
use crate::frameworks::tower::enforce_refusal::EnforceRefusal;
use crate::frameworks::tower::refusal_response;
#[cfg(feature = "watch")]
use crate::frameworks::tower::watched_call;
use crate::frameworks::tower::whole_path::{WholePath, whole_uri};
use bytes::Bytes;
use http::request::Parts;
use http::{Method, Request, Response};
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

type Respond = dyn Fn(&EnforceRefusal, &Parts) -> Response<String> + Send + Sync;

/// A layer that enforces the catalogue `C`: see the [module](super).
pub struct EnforceLayer<C> {
    respond: Option<Arc<Respond>>,
    /// The path prefix that an outer service has removed.
    prefix: Option<Arc<str>>,
    is_unlisted_not_found: bool,
    /// Whether services may watch their connections.
    #[cfg(feature = "watch")]
    watches_connections: bool,
    catalogue: PhantomData<fn() -> C>,
}

impl<C: Catalogue> EnforceLayer<C> {
    /// Creates a layer that responds to refusals with the problem document, or with a gRPC status.
    pub fn new() -> Self {
        Self {
            respond: None,
            prefix: None,
            is_unlisted_not_found: false,
            #[cfg(feature = "watch")]
            watches_connections: false,
            catalogue: PhantomData,
        }
    }

    /// Sets the path prefix that an outer service has removed. The layer puts the prefix back in front
    /// of each path.
    ///
    /// For example, with the prefix `/v1`, the catalogue must list `/v1/export` for a request that
    /// arrives as `/export`. If the catalogue also lists `/export`, the caller must be allowed to call
    /// the stricter of the two endpoints.
    ///
    /// With this setting, the layer ignores axum's extensions. Use it if a service between a nested
    /// axum router and the layer rewrites paths. The prefix `/` adds nothing to the path.
    ///
    /// ```
    /// # use tiergate::{Caller, Catalogue, endpoint};
    /// # #[derive(Clone, Copy, tiergate::Tier)]
    /// # enum Tier { Free, Plus }
    /// # endpoint! { export(Plus, get = "/v1/export"); }
    /// # #[derive(Catalogue)]
    /// # #[catalogue(tier = Tier, handlers(export))]
    /// # struct Api;
    /// # fn layer() -> tiergate::tower::EnforceLayer<Api> {
    /// use tiergate::tower::EnforceLayer;
    ///
    /// // A proxy turns `/v1/export` into `/export`.
    /// EnforceLayer::<Api>::new().nested_at("/v1")
    /// # }
    /// # layer();
    /// ```
    ///
    /// # Panics
    /// Panics if the prefix contains a parameter, such as `/tenants/{tenant}`. If an axum router is
    /// nested at such a path, the layer determines the prefix itself.
    #[must_use]
    #[track_caller]
    pub fn nested_at(mut self, prefix: &str) -> Self {
        assert!(
            !prefix.contains(['{', '}']),
            "the prefix `{prefix}` of an `EnforceLayer` contains a parameter; write the text that was removed"
        );
        let prefix = match prefix.trim_matches('/') {
            "" => String::new(),
            prefix => format!("/{prefix}"),
        };
        self.prefix = Some(prefix.into());
        self
    }

    /// If no endpoint in the catalogue matches a request, responds with 404 instead of 403. The reason
    /// for the refusal is [`EnforceRefusal::NotFound`]. The service isn't called in either case.
    #[must_use]
    pub fn unlisted_as_not_found(mut self) -> Self {
        self.is_unlisted_not_found = true;
        self
    }

    /// Lets services behind this layer watch their connections with [`watch`](super::watch), and end them
    /// when the subscription does. This setting makes requests slightly slower.
    ///
    /// If several of these layers are nested, `watch` uses the innermost one.
    ///
    /// ```
    /// # use tiergate::{Catalogue, endpoint};
    /// # #[derive(Clone, Copy, tiergate::Tier)]
    /// # enum Tier { Free, Plus }
    /// # endpoint! { calls(Plus, post = "/dispatch.Dispatch/Calls"); }
    /// # #[derive(Catalogue)]
    /// # #[catalogue(tier = Tier, handlers(calls))]
    /// # struct Api;
    /// use tiergate::tower::EnforceLayer;
    ///
    /// let layer = EnforceLayer::<Api>::new().watch_connections();
    /// ```
    #[cfg(feature = "watch")]
    #[cfg_attr(docsrs, doc(cfg(feature = "watch")))]
    #[must_use]
    pub fn watch_connections(mut self) -> Self {
        registry::allow_watching();
        self.watches_connections = true;
        self
    }

    /// Sets a function that responds to refusals with your own status, headers and body. The function
    /// gets the reason and the request's head, and it can't let the call through.
    ///
    /// ```
    /// # use tiergate::{Catalogue, endpoint};
    /// # #[derive(Clone, Copy, tiergate::Tier)]
    /// # enum Tier { Free, Plus }
    /// # endpoint! { export(Plus, get = "/export"); }
    /// # #[derive(Catalogue)]
    /// # #[catalogue(tier = Tier, handlers(export))]
    /// # struct Api;
    /// use http::Response;
    /// use tiergate::tower::EnforceLayer;
    ///
    /// let layer = EnforceLayer::<Api>::new().on_refusal(|refused, request| {
    ///     let text = format!("{}: {refused}", request.uri.path());
    ///     let mut response = Response::new(text);
    ///     *response.status_mut() = http::StatusCode::PAYMENT_REQUIRED;
    ///     response
    /// });
    /// ```
    #[must_use]
    pub fn on_refusal<F>(mut self, respond: F) -> Self
    where
        F: Fn(&EnforceRefusal, &Parts) -> Response<String> + Send + Sync + 'static,
    {
        self.respond = Some(Arc::new(respond));
        self
    }
}

impl<C: Catalogue> Default for EnforceLayer<C> {
    fn default() -> Self {
        Self::new()
    }
}

// A derived implementation would require `C: Clone`.
impl<C> Clone for EnforceLayer<C> {
    fn clone(&self) -> Self {
        Self {
            respond: self.respond.clone(),
            prefix: self.prefix.clone(),
            is_unlisted_not_found: self.is_unlisted_not_found,
            #[cfg(feature = "watch")]
            watches_connections: self.watches_connections,
            catalogue: PhantomData,
        }
    }
}

impl<C> fmt::Debug for EnforceLayer<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnforceLayer")
            .field("prefix", &self.prefix)
            .field("is_unlisted_not_found", &self.is_unlisted_not_found)
            .finish_non_exhaustive()
    }
}

impl<C: Catalogue> EnforceLayer<C> {
    /// Returns the endpoints that the caller must be allowed to call.
    pub(super) fn endpoints<B>(&self, request: &Request<B>) -> Result<Candidates, EnforceRefusal> {
        let (prefix, method) = (self.prefix.as_deref(), request.method().as_str());
        let whole_path = WholePath::of(prefix, request.extensions(), request.uri());
        let endpoints = match &whole_path {
            Some(whole_path) => whole_path.find_endpoints::<C>(method),
            None => Err(EnforceRefusal::AmbiguousPath),
        };
        endpoints.map_err(|refused| {
            let refused = match refused {
                EnforceRefusal::Unlisted if self.is_unlisted_not_found => EnforceRefusal::NotFound,
                refused => refused,
            };
            telemetry::report_without_endpoint(refused.code(), Some(method));
            refused
        })
    }
}

#[cfg(feature = "watch")]
impl<C: Catalogue> EnforceLayer<C> {
    /// Lets the service watch the connection of an allowed request.
    pub(super) fn with_watched_call<B>(
        &self,
        endpoints: &Candidates,
        mut request: Request<B>,
    ) -> Request<B> {
        if self.watches_connections
            && let Some(caller) = request.extensions().get::<Caller<C::Tier>>().cloned()
        {
            watched_call::add_to(request.extensions_mut(), endpoints, &caller);
        }
        request
    }
}

impl<C> EnforceLayer<C> {
    #[cold]
    pub(super) fn respond<B>(
        &self,
        refused: &EnforceRefusal,
        request: Request<B>,
    ) -> Response<Bytes> {
        let (mut head, _) = request.into_parts();
        if let Some(whole) = whole_uri(self.prefix.as_deref(), &head.extensions, &head.uri) {
            head.uri = whole;
        }
        let response = match &self.respond {
            Some(respond) => respond(refused, &head).map(Bytes::from),
            None => refusal_response::default_response(refused, &head),
        };
        match head.method {
            Method::HEAD => refusal_response::without_body(response),
            _ => response,
        }
    }
}
