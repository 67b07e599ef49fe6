//! Implements the guard as a salvo extractor.

use crate::access::check;
use crate::access::guard::{Admission, Guard};
use crate::access::overrides::Overrides;
use crate::access::refusal::Refusal;
use crate::endpoint::gated::Gated;
use crate::frameworks::connection_close::announce_close;
use crate::frameworks::problem::Problem;
use crate::frameworks::salvo::caller::{ADVICE, name_in_logs, resolve};
use crate::frameworks::salvo::on_refusal::effective_respond;
#[cfg(feature = "watch")]
use crate::frameworks::shared_lookup::connection;
#[cfg(feature = "quota")]
use crate::{frameworks::salvo::take_quota::take_quota, quota::in_program::may_limit};
use salvo_core::extract::{Extractible, Metadata};
use salvo_core::http::Body as _;
use salvo_core::{Depot, Request, Response, Scribe, Writer, async_trait};

/// Lets a request through if the tier of the [`Caller`](crate::Caller) is at least the handler's tier.
///
/// The error writes the response. The router's [`on_refusal`](fn@super::on_refusal) function determines
/// this response. Without such a function, the function passed to
/// [`set_on_refusal`](super::set_on_refusal) determines it. If neither function is set, the response is
/// the [`Problem`] document.
impl<'ex, E: Gated> Extractible<'ex> for Guard<E> {
    fn metadata() -> &'static Metadata {
        static METADATA: Metadata = Metadata::new("");
        &METADATA
    }

    #[allow(refining_impl_trait)]
    async fn extract(
        request: &'ex mut Request,
        depot: &'ex mut Depot,
    ) -> Result<Self, GuardRefusal> {
        let resolution = resolve(request, depot, Some(E::ENDPOINT)).await;
        let check = check::Request {
            endpoint: E::ENDPOINT,
            need: Some(&E::NEED),
            overrides: depot.get_typed::<Overrides<E::Tier>>().ok(),
            name: |id: Option<&str>| name_in_logs::<E::Tier>(depot, id),
            advice: ADVICE,
        };
        let permit = check.check(resolution.as_ref()).map_err(GuardRefusal)?;
        #[cfg(feature = "quota")]
        if let Some(caller) = resolution.as_ref().caller()
            && may_limit(E::ENDPOINT)
        {
            let taken = take_quota(E::ENDPOINT, caller, request, depot).await;
            taken.map_err(GuardRefusal)?;
        }
        Ok(Self::after_check(Admission {
            permit,
            #[cfg(feature = "watch")]
            connection: {
                let caller = resolution.as_ref().caller();
                let overrides = depot.get_typed().ok();
                let lookup = || depot.get_typed().ok().cloned();
                connection(E::ENDPOINT, caller, overrides, lookup)
            },
        }))
    }
}

/// The error that the guard returns as an extractor. It writes the response to the refusal.
#[derive(Clone, Copy, Debug)]
pub struct GuardRefusal(pub(super) Refusal);

#[async_trait]
impl Writer for GuardRefusal {
    async fn write(self, request: &mut Request, depot: &mut Depot, response: &mut Response) {
        let refusal = &self.0;
        match effective_respond(depot) {
            Some(respond) => respond(refusal, request, response),
            None => Problem::new(refusal)
                .instance(request.uri().path())
                .render(response),
        }
        if !request.body().is_end_stream() {
            announce_close(request.version(), request.headers(), response.headers_mut());
        }
    }
}
