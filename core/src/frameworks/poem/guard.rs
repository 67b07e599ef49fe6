//! Implements the guard as a poem extractor.

use crate::access::check;
use crate::access::guard::Guard;
use crate::access::overrides::Overrides;
use crate::access::refusal::Refusal;
use crate::endpoint::gated::Gated;
use crate::frameworks::poem::caller::{ADVICE, name_in_logs, resolve};
use crate::frameworks::poem::on_refusal::custom_response;
use crate::frameworks::poem::whole_uri::whole_uri;
use crate::frameworks::problem::Problem;
use poem::{Error, FromRequest, IntoResponse, Request, RequestBody};

/// Lets a request through if the tier of the [`Caller`](crate::Caller) is at least the handler's tier.
///
/// The error contains the finished response. The route's [`on_refusal`](fn@super::on_refusal) function
/// creates this response. Without such a function, the function passed to
/// [`set_on_refusal`](super::set_on_refusal) creates it. If neither function is set, the response is
/// the [`Problem`] document.
impl<'a, E: Gated> FromRequest<'a> for Guard<E> {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> poem::Result<Self> {
        let resolution = resolve(request, Some(E::ENDPOINT)).await;
        let check = check::Request {
            endpoint: E::ENDPOINT,
            need: Some(&E::NEED),
            overrides: request.extensions().get::<Overrides<E::Tier>>(),
            name: |id: Option<&str>| name_in_logs::<E::Tier>(request, id),
            advice: ADVICE,
        };
        check
            .check(resolution.as_ref())
            .map(Self::after_check)
            .map_err(|refusal| refusal_error(&refusal, request))
    }
}

#[cold]
fn refusal_error(refusal: &Refusal, request: &Request) -> Error {
    let response = custom_response(refusal, request).unwrap_or_else(|| {
        Problem::new(refusal)
            .instance(whole_uri(request).path())
            .into_response()
    });
    Error::from_response(response)
}
