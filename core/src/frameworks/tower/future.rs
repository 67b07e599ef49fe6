use crate::frameworks::tower::body::ResponseBody;
use bytes::Bytes;
use http::Response;
use pin_project_lite::pin_project;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

pin_project! {
    /// The future of [`Enforce`](super::Enforce): the response of the service, or the refusal.
    pub struct ResponseFuture<F> {
        // Present until the lookup of the caller has finished.
        waiting: Option<Waiting<F>>,
        #[pin]
        allowed: Option<F>,
        // Taken when the future is ready.
        refused: Option<Response<Bytes>>,
    }
}

type Waiting<F> = Pin<Box<dyn Future<Output = Result<F, Response<Bytes>>> + Send>>;

impl<F> ResponseFuture<F> {
    pub(super) fn allowed(inner: F) -> Self {
        Self {
            waiting: None,
            allowed: Some(inner),
            refused: None,
        }
    }

    pub(super) fn refused(response: Response<Bytes>) -> Self {
        Self {
            waiting: None,
            allowed: None,
            refused: Some(response),
        }
    }

    #[cfg(feature = "source")]
    pub(super) fn waiting(
        answer: impl Future<Output = Result<F, Response<Bytes>>> + Send + 'static,
    ) -> Self {
        Self {
            waiting: Some(Box::pin(answer)),
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
        if let Some(waiting) = this.waiting {
            match ready!(waiting.as_mut().poll(context)) {
                Ok(inner) => this.allowed.set(Some(inner)),
                Err(response) => *this.refused = Some(response),
            }
            *this.waiting = None;
        }
        if let Some(response) = this.refused.take() {
            return Poll::Ready(Ok(response.map(ResponseBody::refused)));
        }
        match this.allowed.as_pin_mut() {
            Some(inner) => inner
                .poll(context)
                .map_ok(|response| response.map(ResponseBody::allowed)),
            // Callers must not poll a future again after it was ready.
            None => Poll::Pending,
        }
    }
}
