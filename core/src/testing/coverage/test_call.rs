//! The calls that a coverage test makes.

use crate::endpoint::Endpoint;
use crate::tier::Tier;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, Uri};
use std::fmt;

/// The caller that a coverage test imitates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TestCaller<T> {
    /// A subscriber with this tier.
    Tier(T),
    /// A caller without credentials.
    Nobody,
    /// A caller with wrong credentials.
    BadCredentials,
}

/// Writes the caller's credentials: `the tier Plus`, `no credentials` or `bad credentials`.
impl<T: Tier> fmt::Display for TestCaller<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tier(tier) => write!(f, "the tier {}", tier.name()),
            Self::Nobody => f.write_str("no credentials"),
            Self::BadCredentials => f.write_str("bad credentials"),
        }
    }
}

/// A call that the test is about to make.
#[derive(Clone, Copy, Debug)]
pub struct Call<T> {
    pub(super) endpoint: &'static Endpoint,
    pub(super) caller: TestCaller<T>,
}

impl<T: Copy> Call<T> {
    /// Returns the endpoint to call.
    pub fn endpoint(&self) -> &'static Endpoint {
        self.endpoint
    }

    /// Returns the caller that the test imitates.
    pub fn caller(&self) -> TestCaller<T> {
        self.caller
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
