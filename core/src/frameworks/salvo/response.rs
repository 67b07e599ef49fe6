//! Converts problem documents and refusals into salvo responses.

use crate::access::denied::Denied;
use crate::access::refusal::Refusal;
use crate::access::telemetry;
use crate::frameworks::problem::Problem;
use crate::frameworks::salvo::guard::GuardRefusal;
use salvo_core::{Depot, Request, Response, Scribe, Writer, async_trait};

/// Writes the document and its status.
///
/// A 401 response must name an authentication scheme, so it contains `WWW-Authenticate: Bearer`. If
/// your application uses another scheme, replace this header.
impl Scribe for Problem {
    fn render(self, response: &mut Response) {
        let status = self.insert_headers(response.headers_mut());
        response.status_code(status);
        response.replace_body(self.to_json().into());
    }
}

/// Writes the same response as the guard, so `?` on a [`Denied`] works in a handler. The router's
/// [`on_refusal`](fn@super::on_refusal) function determines this response. Without such a function, the
/// function passed to [`set_on_refusal`](super::set_on_refusal) determines it. If neither function is
/// set, the response is the [`Problem`] document. A handler that writes its response itself can render
/// a [`Refusal`] instead.
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
