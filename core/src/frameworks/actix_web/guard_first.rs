//! A handler that extracts its first parameter before the others.
//!
//! actix-web calls `from_request` of every parameter before it polls any of the futures. A guard that
//! is an ordinary parameter therefore can't keep the other extractors from starting.

use actix_web::dev::Payload;
use actix_web::{Error, FromRequest, Handler, HttpRequest};
use pin_project_lite::pin_project;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// Extracts the guard of a handler before its other parameters.
///
/// `Api::configure` mounts every gated handler this way. Use this function for handlers that you mount
/// yourself. A refused call then runs none of the other extractors.
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

impl<H, P> Handler<InOrder<P>> for GuardFirst<H>
where
    H: Handler<P>,
    P: Parameters,
{
    type Output = H::Output;
    type Future = H::Future;

    fn call(&self, InOrder(parameters): InOrder<P>) -> H::Future {
        self.0.call(parameters)
    }
}

/// The parameters of a handler, split into the first and the others.
#[doc(hidden)]
#[allow(missing_docs)]
pub trait Parameters: Sized + 'static {
    type First: FromRequest + 'static;
    type Rest: FromRequest + 'static;

    fn join(first: Self::First, rest: Self::Rest) -> Self;
}

impl Parameters for () {
    type First = ();
    type Rest = ();

    fn join((): (), (): ()) {}
}

macro_rules! parameters {
    ($first:ident $($rest:ident)*) => {
        impl<$first, $($rest),*> Parameters for ($first, $($rest,)*)
        where
            $first: FromRequest + 'static,
            $($rest: FromRequest + 'static,)*
        {
            type First = $first;
            type Rest = ($($rest,)*);

            #[allow(non_snake_case)]
            fn join($first: $first, ($($rest,)*): ($($rest,)*)) -> Self {
                ($first, $($rest,)*)
            }
        }
        parameters! { $($rest)* }
    };
    () => {};
}

// actix-web supports 16 parameters.
parameters! { A B C D E F G H I J K L M N O P }

/// Extracts the first parameter before the others.
#[doc(hidden)]
#[derive(Debug)]
pub struct InOrder<P>(P);

impl<P: Parameters> FromRequest for InOrder<P> {
    type Error = Error;
    type Future = Extracting<P>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Extracting<P> {
        Extracting {
            step: Step::First {
                first: P::First::from_request(request, payload),
                request: Some(request.clone()),
                payload: payload.take(),
            },
        }
    }
}

pin_project! {
    /// The future of [`InOrder`].
    #[doc(hidden)]
    pub struct Extracting<P: Parameters> {
        #[pin]
        step: Step<P>,
    }
}

impl<P: Parameters> fmt::Debug for Extracting<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Extracting").finish_non_exhaustive()
    }
}

pin_project! {
    #[project = StepProjection]
    enum Step<P: Parameters> {
        First {
            #[pin]
            first: <P::First as FromRequest>::Future,
            request: Option<HttpRequest>,
            payload: Payload,
        },
        Rest {
            first: Option<P::First>,
            #[pin]
            rest: <P::Rest as FromRequest>::Future,
        },
    }
}

impl<P: Parameters> Future for Extracting<P> {
    type Output = Result<InOrder<P>, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut step = self.project().step;
        loop {
            let next = match step.as_mut().project() {
                StepProjection::First {
                    first,
                    request,
                    payload,
                } => {
                    let first = ready!(first.poll(context)).map_err(Into::into)?;
                    let Some(request) = request.take() else {
                        return Poll::Pending;
                    };
                    Step::Rest {
                        first: Some(first),
                        rest: P::Rest::from_request(&request, payload),
                    }
                }
                StepProjection::Rest { first, rest } => {
                    let rest = ready!(rest.poll(context)).map_err(Into::into)?;
                    return match first.take() {
                        Some(first) => Poll::Ready(Ok(InOrder(P::join(first, rest)))),
                        // Callers must not poll a future again after it was ready.
                        None => Poll::Pending,
                    };
                }
            };
            step.set(next);
        }
    }
}
