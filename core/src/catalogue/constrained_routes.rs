//! Checks whether constraints decide which endpoint answers a request. A constraint is a condition that
//! a route has in addition to its HTTP method and path, such as a guard in actix-web.

use crate::endpoint::Endpoint;
use crate::route::template_comparison::{Relation, by_specificity, relation};

/// Returns whether every router passes a request to `endpoint`, which must be the most specific endpoint
/// that matches the request.
///
/// If `endpoint` has a constraint, the result can be `false`. Requests that the constraint rejects may go
/// to another endpoint with the same template, or with a less specific template.
pub(crate) fn is_certain(endpoint: Endpoint, method: &str, endpoints: &[Endpoint]) -> bool {
    !endpoint.is_constrained()
        || !endpoints
            .iter()
            .any(|fallback| answers_rejected_requests(*fallback, endpoint, method))
}

fn answers_rejected_requests(fallback: Endpoint, constrained: Endpoint, method: &str) -> bool {
    let (Some(fallback_path), Some(constrained_path)) = (fallback.path(), constrained.path())
    else {
        return false;
    };
    let answers_method = fallback.method().is_some_and(|fallback_method| {
        fallback_method == method
            || fallback_method == "ANY"
            || (fallback_method == "GET" && method == "HEAD")
    });
    fallback != constrained
        && answers_method
        && relation(constrained_path, fallback_path) != Relation::Apart
        && by_specificity(fallback_path, constrained_path).is_le()
}
