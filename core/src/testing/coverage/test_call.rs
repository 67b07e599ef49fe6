//! The calls that a coverage test makes.

use crate::endpoint::Endpoint;
use crate::testing::coverage::test_caller::{Imitation, TestCaller};
use crate::tier::Tier;
use crate::tier::feature_set::FeatureSet;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, Uri};

/// A call that the test is about to make.
#[derive(Clone, Copy, Debug)]
pub struct Call<T> {
    pub(super) endpoint: &'static Endpoint,
    pub(super) imitation: Imitation<T>,
}

impl<T: Copy> Call<T> {
    /// Returns the endpoint to call.
    pub fn endpoint(&self) -> &'static Endpoint {
        self.endpoint
    }

    /// Returns the caller that the test imitates.
    pub fn caller(&self) -> TestCaller<T> {
        self.imitation.caller
    }

    /// Returns the version of the price list that the caller bought. The test sets a version only for
    /// endpoints with `until_version(…)`.
    pub fn plan_version(&self) -> Option<u32> {
        self.imitation.plan_version
    }

    /// Returns the endpoint's path with `1` in place of each parameter.
    pub fn path(&self) -> String {
        let mut path = String::new();
        let mut template = self.endpoint.path().unwrap_or("/");
        while let Some((literal, parameter)) = template.split_once('{') {
            path.push_str(literal);
            path.push('1');
            template = parameter
                .split_once('}')
                .map_or("", |(_, after_parameter)| after_parameter);
        }
        path.push_str(template);
        path
    }

    /// Creates a request to the endpoint, without credentials and without a body.
    pub fn request(&self) -> Request {
        let mut request = Request::new(Body::empty());
        let method = self.endpoint.method().unwrap_or_default().as_bytes();
        // The attribute has validated the HTTP method and the path. If the path still isn't a valid
        // URI, the request goes to `/`, and the test reports that the request is for another endpoint.
        *request.method_mut() = Method::from_bytes(method).unwrap_or_default();
        *request.uri_mut() = Uri::try_from(self.path()).unwrap_or_default();
        let content_length = HeaderValue::from_static("0");
        request
            .headers_mut()
            .insert("content-length", content_length);
        request
    }
}

impl<T: Tier> Call<T> {
    /// Returns the caller's add-ons. The test gives a caller the add-on that the endpoint depends on, and
    /// calls the endpoint without the add-on too. Without add-ons in your product, the set is empty.
    pub fn features(&self) -> FeatureSet<T::Features> {
        FeatureSet::from_bits(self.imitation.features)
    }
}
