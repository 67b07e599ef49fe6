use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use std::pin::Pin;
use std::task::{Context, Poll};

pin_project! {
    /// The response body behind an [`EnforceLayer`](super::EnforceLayer): the body of the service or of
    /// a refusal.
    ///
    /// The default is an empty body. Layers such as the `CorsLayer` of tower-http respond with it.
    #[derive(Debug)]
    pub struct ResponseBody<B> {
        #[pin]
        kind: Kind<B>,
    }
}

pin_project! {
    #[project = KindProjection]
    #[derive(Debug)]
    enum Kind<B> {
        Allowed {
            #[pin]
            body: B,
        },
        // Empty after the body was read.
        EnforceRefusal {
            bytes: Bytes,
        },
    }
}

impl<B> ResponseBody<B> {
    pub(super) fn allowed(body: B) -> Self {
        Self {
            kind: Kind::Allowed { body },
        }
    }

    pub(super) fn refused(bytes: Bytes) -> Self {
        Self {
            kind: Kind::EnforceRefusal { bytes },
        }
    }
}

impl<B> Default for ResponseBody<B> {
    fn default() -> Self {
        Self::refused(Bytes::new())
    }
}

impl<B: Body<Data = Bytes>> Body for ResponseBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        match self.project().kind.project() {
            KindProjection::Allowed { body } => body.poll_frame(context),
            KindProjection::EnforceRefusal { bytes } => {
                let bytes = std::mem::take(bytes);
                Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Allowed { body } => body.is_end_stream(),
            Kind::EnforceRefusal { bytes } => bytes.is_empty(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Allowed { body } => body.size_hint(),
            Kind::EnforceRefusal { bytes } => {
                SizeHint::with_exact(u64::try_from(bytes.len()).unwrap_or(u64::MAX))
            }
        }
    }
}
