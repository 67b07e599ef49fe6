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
        // Dropped when the caller is refused, which ends what the stream does.
        #[pin]
        stream: Option<S>,
        revoked: Pin<Box<dyn Future<Output = Refusal> + Send>>,
        last: Option<LastItem<S::Item>>,
        reason: Option<Refusal>,
    }
}

/// Creates the item that tells the receiver why the stream ends.
type LastItem<I> = Box<dyn FnOnce(Refusal) -> I + Send>;

impl<S: Stream> WhileAllowed<S> {
    pub(super) fn new<T: Tier>(
        stream: S,
        mut watch: Watch<T>,
        last: Option<LastItem<S::Item>>,
    ) -> Self {
        Self {
            stream: Some(stream),
            revoked: Box::pin(async move { watch.revoked().await }),
            last,
            reason: None,
        }
    }

    /// Returns why the stream ended early, or `None` if it hasn't ended or ended by itself.
    pub fn reason(&self) -> Option<Refusal> {
        self.reason
    }
}

impl<S: Stream> Stream for WhileAllowed<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let mut this = self.project();
        if this.stream.is_none() {
            return Poll::Ready(None);
        }
        if let Poll::Ready(refusal) = this.revoked.as_mut().poll(context) {
            *this.reason = Some(refusal);
            this.stream.set(None);
            return Poll::Ready(this.last.take().map(|last| last(refusal)));
        }
        let Some(stream) = this.stream.as_mut().as_pin_mut() else {
            return Poll::Ready(None);
        };
        let next = stream.poll_next(context);
        if let Poll::Ready(None) = next {
            this.stream.set(None);
        }
        next
    }
}

impl<S: Stream> fmt::Debug for WhileAllowed<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WhileAllowed")
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}
