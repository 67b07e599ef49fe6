//! Extracts a handler's guard before its other parameters.
//!
//! actix-web calls every parameter's `from_request` before it polls any of the returned futures. An
//! ordinary guard parameter therefore can't keep the other extractors from starting.

use actix_web::dev::Payload;
use actix_web::{Error, FromRequest, Handler, HttpRequest};
use pin_project_lite::pin_project;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// Extracts a handler's guard before its other parameters.
///
/// Use this function for handlers that you mount yourself. If the guard refuses a call, none of the
/// handler's other extractors run. `Api::configure` already mounts every gated handler this way.
///
/// ```
/// use actix_web::web;
/// use tiergate::actix_web::guard_first;
/// use tiergate::requires_tier;
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// #[requires_tier(Plus, get = "/units/{id}")]
/// async fn unit(id: web::Path<u32>) -> String {
///     format!("unit {id}")
/// }
///
/// let resource = web::resource("/units/{id}").route(web::get().to(guard_first(unit)));
/// # let _ = resource;
/// ```
pub fn guard_first<H>(handler: H) -> GuardFirst<H> {
    GuardFirst(handler)
}

/// The handler that [`guard_first`] creates.
#[derive(Clone, Copy)]
pub struct GuardFirst<H>(H);

impl<H> fmt::Debug for GuardFirst<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardFirst").finish_non_exhaustive()
    }
}

impl<H, P> Handler<GuardFirstParameters<P>> for GuardFirst<H>
where
    H: Handler<P>,
    P: Parameters,
{
    type Output = H::Output;
    type Future = H::Future;

    fn call(&self, GuardFirstParameters(parameters): GuardFirstParameters<P>) -> H::Future {
        self.0.call(parameters)
    }
}

/// A handler's parameters, split into the first parameter and the others.
#[doc(hidden)]
#[allow(missing_docs)]
pub trait Parameters: Sized + 'static {
    type FirstParameter: FromRequest + 'static;
    type OtherParameters: FromRequest + 'static;

    fn join(first: Self::FirstParameter, others: Self::OtherParameters) -> Self;
}

impl Parameters for () {
    type FirstParameter = ();
    type OtherParameters = ();

    fn join((): (), (): ()) {}
}

macro_rules! parameters {
    ($first:ident $($other:ident)*) => {
        impl<$first, $($other),*> Parameters for ($first, $($other,)*)
        where
            $first: FromRequest + 'static,
            $($other: FromRequest + 'static,)*
        {
            type FirstParameter = $first;
            type OtherParameters = ($($other,)*);

            #[allow(non_snake_case)]
            fn join($first: $first, ($($other,)*): ($($other,)*)) -> Self {
                ($first, $($other,)*)
            }
        }
        parameters! { $($other)* }
    };
    () => {};
}

// actix-web supports handlers with up to 16 parameters.
parameters! { A B C D E F G H I J K L M N O P }

/// A handler's parameters. As an extractor, this type extracts the first parameter before the others.
#[doc(hidden)]
#[derive(Debug)]
pub struct GuardFirstParameters<P>(P);

impl<P: Parameters> FromRequest for GuardFirstParameters<P> {
    type Error = Error;
    type Future = Extracting<P>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Extracting<P> {
        Extracting {
            step: Extraction::First {
                first: P::FirstParameter::from_request(request, payload),
                request: Some(request.clone()),
                payload: payload.take(),
            },
        }
    }
}

pin_project! {
    /// The future that extracts [`GuardFirstParameters`].
    #[doc(hidden)]
    pub struct Extracting<P: Parameters> {
        #[pin]
        step: Extraction<P>,
    }
}

impl<P: Parameters> fmt::Debug for Extracting<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Extracting").finish_non_exhaustive()
    }
}

pin_project! {
    #[project = ExtractionProjection]
    enum Extraction<P: Parameters> {
        First {
            #[pin]
            first: <P::FirstParameter as FromRequest>::Future,
            request: Option<HttpRequest>,
            payload: Payload,
        },
        Others {
            first: Option<P::FirstParameter>,
            #[pin]
            others: <P::OtherParameters as FromRequest>::Future,
        },
    }
}

impl<P: Parameters> Future for Extracting<P> {
    type Output = Result<GuardFirstParameters<P>, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut step = self.project().step;
        loop {
            let next = match step.as_mut().project() {
                ExtractionProjection::First {
                    first,
                    request,
                    payload,
                } => {
                    let first = ready!(first.poll(context)).map_err(Into::into)?;
                    let Some(request) = request.take() else {
                        return Poll::Pending;
                    };
                    Extraction::Others {
                        first: Some(first),
                        others: P::OtherParameters::from_request(&request, payload),
                    }
                }
                ExtractionProjection::Others { first, others } => {
                    let others = ready!(others.poll(context)).map_err(Into::into)?;
                    return match first.take() {
                        Some(first) => {
                            Poll::Ready(Ok(GuardFirstParameters(P::join(first, others))))
                        }
                        // Reached only if the future is polled again after it was ready, which isn't
                        // allowed.
                        None => Poll::Pending,
                    };
                }
            };
            step.set(next);
        }
    }
}
