//! Implements the guard as a poem extractor.

use crate::access::check;
use crate::access::guard::{Admission, Guard};
use crate::access::overrides::Overrides;
use crate::access::refusal::Refusal;
use crate::endpoint::gated::Gated;
use crate::frameworks::poem::caller::{ADVICE, name_in_logs, resolve};
use crate::frameworks::poem::on_refusal::custom_response;
use crate::frameworks::poem::whole_uri::whole_uri;
use crate::frameworks::problem::Problem;
#[cfg(feature = "watch")]
use crate::frameworks::shared_lookup::connection;
#[cfg(feature = "quota")]
use crate::{frameworks::poem::take_quota::take_quota, quota::in_program::may_limit};
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
        let checked = check.check(resolution.as_ref());
        let permit = checked.map_err(|refusal| refusal_error(&refusal, request))?;
        #[cfg(feature = "quota")]
        if let Some(caller) = resolution.as_ref().caller()
            && may_limit(E::ENDPOINT)
        {
            let taken = take_quota(E::ENDPOINT, caller, request).await;
            taken.map_err(|refusal| refusal_error(&refusal, request))?;
        }
        Ok(Self::after_check(Admission {
            permit,
            #[cfg(feature = "watch")]
            connection: {
                let caller = resolution.as_ref().caller();
                let overrides = request.extensions().get();
                let lookup = || request.extensions().get().cloned();
                connection(E::ENDPOINT, caller, overrides, lookup)
            },
        }))
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
