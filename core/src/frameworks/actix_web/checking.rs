use crate::access::guard::Guard;
use crate::endpoint::gated::Gated;
use actix_web::Error;
use std::fmt;
use std::future::{Ready, ready};
use std::pin::Pin;
use std::task::{Context, Poll};

type Checked<E> = Result<Guard<E>, Error>;

/// The future of the guard as an extractor. It is ready immediately unless a tier source must look up
/// the caller.
pub struct Checking<E: Gated>(Step<E>);

enum Step<E: Gated> {
    Done(Ready<Checked<E>>),
    #[cfg(feature = "source")]
    Waiting(Pin<Box<dyn Future<Output = Checked<E>>>>),
}

impl<E: Gated> Checking<E> {
    pub(super) fn done(checked: Checked<E>) -> Self {
        Self(Step::Done(ready(checked)))
    }

    #[cfg(feature = "source")]
    pub(super) fn waiting(checked: impl Future<Output = Checked<E>> + 'static) -> Self {
        Self(Step::Waiting(Box::pin(checked)))
    }
}

impl<E: Gated> Future for Checking<E> {
    type Output = Checked<E>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Checked<E>> {
        match &mut self.0 {
            Step::Done(done) => Pin::new(done).poll(context),
            #[cfg(feature = "source")]
            Step::Waiting(waiting) => waiting.as_mut().poll(context),
        }
    }
}

impl<E: Gated> fmt::Debug for Checking<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checking").finish_non_exhaustive()
    }
}
