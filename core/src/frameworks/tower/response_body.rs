//! The response body of the tower service.

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use std::pin::Pin;
use std::task::{Context, Poll};

pin_project! {
    /// The response body of the service that an [`EnforceLayer`](super::EnforceLayer) creates. It is
    /// either the inner service's body or a refusal's body.
    ///
    /// The default is an empty body. Some layers, such as tower-http's `CorsLayer`, respond with the
    /// default body.
    #[derive(Debug)]
    pub struct ResponseBody<B> {
        #[pin]
        kind: BodyKind<B>,
    }
}

pin_project! {
    #[project = BodyKindProjection]
    #[derive(Debug)]
    enum BodyKind<B> {
        ServiceBody {
            #[pin]
            body: B,
        },
        // Empty once the body has been read.
        RefusalBody {
            bytes: Bytes,
        },
    }
}

impl<B> ResponseBody<B> {
    pub(super) fn of_service(body: B) -> Self {
        Self {
            kind: BodyKind::ServiceBody { body },
        }
    }

    pub(super) fn of_refusal(bytes: Bytes) -> Self {
        Self {
            kind: BodyKind::RefusalBody { bytes },
        }
    }
}

impl<B> Default for ResponseBody<B> {
    fn default() -> Self {
        Self::of_refusal(Bytes::new())
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
            BodyKindProjection::ServiceBody { body } => body.poll_frame(context),
            BodyKindProjection::RefusalBody { bytes } => {
                let bytes = std::mem::take(bytes);
                Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            BodyKind::ServiceBody { body } => body.is_end_stream(),
            BodyKind::RefusalBody { bytes } => bytes.is_empty(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            BodyKind::ServiceBody { body } => body.size_hint(),
            BodyKind::RefusalBody { bytes } => {
                SizeHint::with_exact(u64::try_from(bytes.len()).unwrap_or(u64::MAX))
            }
        }
    }
}
