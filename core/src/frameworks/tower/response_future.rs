//! The response future of the tower service.

use crate::frameworks::tower::response_body::ResponseBody;
use bytes::Bytes;
use http::Response;
use pin_project_lite::pin_project;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

pin_project! {
    /// The future of the [`Enforce`](super::Enforce) service. Its output is the inner service's
    /// response or the response to a refusal.
    pub struct ResponseFuture<F> {
        // Present until the caller lookup has finished.
        pending_lookup: Option<PendingLookup<F>>,
        #[pin]
        allowed: Option<F>,
        // Taken when the future is ready.
        refused: Option<Response<Bytes>>,
    }
}

type PendingLookup<F> = Pin<Box<dyn Future<Output = Result<F, Response<Bytes>>> + Send>>;

impl<F> ResponseFuture<F> {
    pub(super) fn allowed(inner: F) -> Self {
        Self {
            pending_lookup: None,
            allowed: Some(inner),
            refused: None,
        }
    }

    pub(super) fn refused(response: Response<Bytes>) -> Self {
        Self {
            pending_lookup: None,
            allowed: None,
            refused: Some(response),
        }
    }

    #[cfg(any(feature = "quota", feature = "source"))]
    pub(super) fn waiting(
        pending_lookup: impl Future<Output = Result<F, Response<Bytes>>> + Send + 'static,
    ) -> Self {
        Self {
            pending_lookup: Some(Box::pin(pending_lookup)),
            allowed: None,
            refused: None,
        }
    }
}

impl<F> fmt::Debug for ResponseFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}

impl<F, R, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
{
    type Output = Result<Response<ResponseBody<R>>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if let Some(pending_lookup) = this.pending_lookup {
            match ready!(pending_lookup.as_mut().poll(context)) {
                Ok(inner) => this.allowed.set(Some(inner)),
                Err(response) => *this.refused = Some(response),
            }
            *this.pending_lookup = None;
        }
        if let Some(response) = this.refused.take() {
            return Poll::Ready(Ok(response.map(ResponseBody::of_refusal)));
        }
        match this.allowed.as_pin_mut() {
            Some(inner) => inner
                .poll(context)
                .map_ok(|response| response.map(ResponseBody::of_service)),
            // Reached only if the future is polled again after it was ready, which isn't allowed.
            None => Poll::Pending,
        }
    }
}
