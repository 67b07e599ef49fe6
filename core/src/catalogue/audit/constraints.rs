//! Constraints on routes beyond the method and the path.

use crate::catalogue::audit::Audit;
use crate::catalogue::audit::finding::Finding;
use crate::endpoint::Endpoint;
use crate::route::relation::{Relation, relation};
use crate::route::specificity::by_specificity;

impl Audit {
    /// Removes the [`Constrained`](Finding::Constrained) findings about two handlers, given by their
    /// names. Use this if a constraint keeps the two handlers apart. Other findings stay.
    ///
    /// ```
    /// use tiergate::{Catalogue, requires_tier};
    ///
    /// #[derive(Clone, Copy, tiergate::Tier)]
    /// enum Tier { Free, Plus }
    ///
    /// #[requires_tier(Plus, get = "/units/{id}")]
    /// fn unit() {}
    ///
    /// #[derive(Catalogue)]
    /// #[catalogue(tier = Tier, handlers(unit))]
    /// struct Api;
    ///
    /// Api::audit().acknowledge("unit_by_number", "unit_by_name").assert_clean();
    /// ```
    #[must_use]
    pub fn acknowledge(mut self, one: &str, other: &str) -> Self {
        self.findings.retain(|finding| match finding {
            Finding::Constrained(left, right) => {
                let names = [left.name(), right.name()];
                names != [one, other] && names != [other, one]
            }
            _ => true,
        });
        self
    }
}

/// Returns whether a router passes the request to `found`, the most specific endpoint that matches it.
///
/// This is uncertain if `found` has a constraint: an equally or less specific endpoint may then answer
/// the requests that the constraint rejects.
pub(crate) fn is_certain(found: Endpoint, method: &str, endpoints: &[Endpoint]) -> bool {
    !found.is_constrained()
        || !endpoints
            .iter()
            .any(|other| takes_over(*other, found, method))
}

fn takes_over(other: Endpoint, found: Endpoint, method: &str) -> bool {
    let (Some(own), Some(left)) = (found.path(), other.path()) else {
        return false;
    };
    let answers = other.method().is_some_and(|other| {
        other == method || other == "ANY" || (other == "GET" && method == "HEAD")
    });
    other != found
        && answers
        && relation(own, left) != Relation::Apart
        && by_specificity(left, own).is_le()
}
