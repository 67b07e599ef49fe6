//! The candidates for a request: one template's endpoints that may answer the request's HTTP method.

use crate::route::method::Method;

/// One template's endpoints that may answer a request's HTTP method.
#[derive(Debug)]
pub(crate) struct Candidates<'a, E> {
    /// An arbitrary endpoint of the template. This endpoint may have a different HTTP method than the
    /// request.
    #[cfg_attr(not(feature = "tower"), allow(dead_code))]
    pub(crate) of_template: &'a E,
    /// The endpoint with exactly the request's HTTP method. If this endpoint exists, `get` and `any`
    /// may be `None` even if the template also has such endpoints.
    pub(crate) exact: Option<&'a E>,
    /// The `GET` endpoint, which answers a `HEAD` request.
    get: Option<&'a E>,
    /// The `any` endpoint, which answers every HTTP method that has no separate endpoint.
    pub(crate) any: Option<&'a E>,
}

impl<'a, E> Candidates<'a, E> {
    pub(super) fn empty(of_template: &'a E) -> Self {
        Self {
            of_template,
            exact: None,
            get: None,
            any: None,
        }
    }

    pub(super) fn exact(endpoint: &'a E) -> Self {
        Self {
            exact: Some(endpoint),
            ..Self::empty(endpoint)
        }
    }

    /// Adds one of the template's endpoints if this endpoint may answer the request. If several
    /// endpoints have the same route, keeps the first of them.
    pub(super) fn add(
        &mut self,
        request_method: Option<Method>,
        endpoint_method: Method,
        endpoint: &'a E,
    ) {
        let candidate = if Some(endpoint_method) == request_method {
            &mut self.exact
        } else if endpoint_method == Method::Any {
            &mut self.any
        } else if endpoint_method == Method::Get && request_method == Some(Method::Head) {
            &mut self.get
        } else {
            return;
        };
        candidate.get_or_insert(endpoint);
    }

    /// Returns the endpoint that a router would choose from these candidates.
    pub(crate) fn chosen(&self) -> Option<&'a E> {
        self.exact.or(self.get).or(self.any)
    }
}
