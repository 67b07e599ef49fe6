//! Problem documents and refusals as responses of salvo.

use crate::access::refusal::{Denied, Refusal};
use crate::access::telemetry;
use crate::frameworks::problem::Problem;
use crate::frameworks::salvo::guard::GuardRefusal;
use salvo_core::{Depot, Request, Response, Scribe, Writer, async_trait};

/// Writes the document and its status.
///
/// A 401 response must name an authentication scheme, so it contains `WWW-Authenticate: Bearer`. An
/// application that uses another scheme replaces the header.
impl Scribe for Problem {
    fn render(self, response: &mut Response) {
        let status = self.insert_headers(response.headers_mut());
        response.status_code(status);
        response.replace_body(self.to_json().into());
    }
}

/// Writes the same response as the guard, so `?` on a [`Denied`] works in a handler. The response comes
/// from the router's [`on_refusal`](fn@super::on_refusal), or otherwise from
/// [`set_on_refusal`](super::set_on_refusal). If neither is set, the response is the [`Problem`]
/// document. A handler that writes to its response itself can render a [`Refusal`] instead.
#[async_trait]
impl Writer for Denied {
    async fn write(self, request: &mut Request, depot: &mut Depot, response: &mut Response) {
        telemetry::report_denied(self);
        let refusal = GuardRefusal(Refusal::from(self));
        refusal.write(request, depot, response).await;
    }
}

/// Writes the problem document.
impl Scribe for Refusal {
    fn render(self, response: &mut Response) {
        Problem::new(&self).render(response);
    }
}
