//! Implements the guard as a rocket request guard.

use crate::access::check;
use crate::access::guard::{Admission, Guard};
use crate::access::overrides::Overrides;
use crate::access::refusal::Refusal;
use crate::endpoint::gated::Gated;
use crate::frameworks::rocket::caller::{ADVICE, name_in_logs, resolve};
use crate::frameworks::rocket::on_refusal::StoredRefusal;
use crate::frameworks::rocket::request_cell;
#[cfg(feature = "watch")]
use crate::frameworks::{rocket::caller::shared_lookup, shared_lookup::connection};
#[cfg(feature = "quota")]
use crate::{frameworks::rocket::take_quota::take_quota, quota::in_program::may_limit};
use rocket::http::Status;
use rocket::request::{FromRequest, Outcome};
use rocket::{Request, async_trait};

/// Lets a request through if the tier of the [`Caller`](crate::Caller) is at least the handler's tier.
///
/// The error is the [`Refusal`]. The fairing [`problems`](super::problems) or
/// [`on_refusal`](fn@super::on_refusal) writes the response. If neither fairing is attached, a catcher
/// writes the response.
#[async_trait]
impl<'r, E: Gated> FromRequest<'r> for Guard<E> {
    type Error = Refusal;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Refusal> {
        let resolution = resolve(request, Some(E::ENDPOINT)).await;
        let overrides = request_cell::get::<Overrides<E::Tier>>(request);
        let check = check::Request {
            endpoint: E::ENDPOINT,
            need: Some(&E::NEED),
            overrides: overrides.as_ref(),
            name: |id: Option<&str>| name_in_logs::<E::Tier>(request, id),
            advice: ADVICE,
        };
        let permit = match check.check(resolution.as_ref()) {
            Ok(permit) => permit,
            Err(refusal) => return refuse(refusal, request),
        };
        #[cfg(feature = "quota")]
        if let Some(caller) = resolution.as_ref().caller()
            && may_limit(E::ENDPOINT)
        {
            let taking = take_quota(E::ENDPOINT, caller, overrides.as_ref(), request);
            if let Err(refusal) = taking.await {
                return refuse(refusal, request);
            }
        }
        Outcome::Success(Self::after_check(Admission {
            permit,
            #[cfg(feature = "watch")]
            connection: {
                let caller = resolution.as_ref().caller();
                let lookup = || shared_lookup(request);
                connection(E::ENDPOINT, caller, overrides.as_ref(), lookup)
            },
        }))
    }
}

#[cold]
fn refuse<E: Gated>(refusal: Refusal, request: &Request<'_>) -> Outcome<Guard<E>, Refusal> {
    // The fairing that writes the response later reads the refusal from this cache.
    request.local_cache(|| Some(StoredRefusal::ByGuard(refusal)));
    Outcome::Error((Status::new(refusal.status()), refusal))
}
