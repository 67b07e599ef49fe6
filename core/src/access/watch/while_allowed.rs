//! A stream that ends when the caller may no longer use the connection.

use crate::access::refusal::Refusal;
use crate::access::watch::Watch;
use crate::tier::Tier;
use futures_util::Stream;
use pin_project_lite::pin_project;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

pin_project! {
    /// The stream that [`Watch::while_allowed`] returns.
    #[must_use = "a stream has no effect until it is polled"]
    pub struct WhileAllowed<S: Stream> {
        // Dropped when the stream ends or the caller is refused, to stop its work.
        #[pin]
        stream: Option<S>,
        // Dropped with the stream. This connection no longer needs to be woken.
        revoked: Option<Pin<Box<dyn Future<Output = Refusal> + Send>>>,
        last: Option<LastItem<S::Item>>,
        reason: Option<Refusal>,
    }
}

/// Creates the last item, which contains the reason for the receiver.
type LastItem<I> = Box<dyn FnOnce(Refusal) -> I + Send>;

impl<S: Stream> WhileAllowed<S> {
    pub(super) fn new<T: Tier>(
        stream: S,
        mut watch: Watch<T>,
        last: Option<LastItem<S::Item>>,
    ) -> Self {
        Self {
            stream: Some(stream),
            revoked: Some(Box::pin(async move { watch.revoked().await })),
            last,
            reason: None,
        }
    }

    /// Returns why the stream ended early. Returns `None` if it hasn't ended, or if the inner stream ended.
    pub fn reason(&self) -> Option<Refusal> {
        self.reason
    }
}

impl<S: Stream> Stream for WhileAllowed<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let mut this = self.project();
        let (Some(mut stream), Some(revoked)) =
            (this.stream.as_mut().as_pin_mut(), &mut this.revoked)
        else {
            return Poll::Ready(None);
        };
        let item = match revoked.as_mut().poll(context) {
            Poll::Ready(refusal) => {
                *this.reason = Some(refusal);
                Poll::Ready(this.last.take().map(|last| last(refusal)))
            }
            Poll::Pending => stream.as_mut().poll_next(context),
        };
        if this.reason.is_some() || matches!(item, Poll::Ready(None)) {
            this.stream.set(None);
            *this.revoked = None;
        }
        item
    }
}

impl<S: Stream> fmt::Debug for WhileAllowed<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WhileAllowed")
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}
