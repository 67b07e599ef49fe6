//! Holds back a request body until the guard has allowed the call.
//!
//! actix-web starts the extractors of all parameters at once. Without this wrapper, an extractor could
//! read the body while the guard waits for a tier source.

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use futures_util::stream::{self, TryStreamExt};
use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

/// A request body that can't be read until `release` is called. If this value is dropped without a call
/// to `release`, reading the body fails.
pub(super) struct HeldBody(Rc<RefCell<BodyState>>);

#[derive(Default)]
struct BodyState {
    is_released: Option<bool>,
    reader: Option<Waker>,
}

impl HeldBody {
    pub(super) fn release(self) {
        self.set_released(true);
    }

    fn set_released(&self, is_released: bool) {
        let reader = {
            let mut state = self.0.borrow_mut();
            state.is_released.get_or_insert(is_released);
            state.reader.take()
        };
        if let Some(reader) = reader {
            reader.wake();
        }
    }
}

impl Drop for HeldBody {
    fn drop(&mut self) {
        self.set_released(false);
    }
}

/// Replaces the body with a stream that waits for the guard's decision. The stream fails if the guard
/// refuses the call.
pub(super) fn hold_body(payload: &mut Payload) -> HeldBody {
    let state = Rc::<RefCell<BodyState>>::default();
    if !matches!(payload, Payload::None) {
        let (body, body_state) = (payload.take(), state.clone());
        let held_body = stream::once(async move {
            if is_released(&body_state).await {
                Ok(body)
            } else {
                Err(PayloadError::Incomplete(None))
            }
        });
        *payload = Payload::Stream {
            payload: Box::pin(held_body.try_flatten()),
        };
    }
    HeldBody(state)
}

async fn is_released(state: &RefCell<BodyState>) -> bool {
    poll_fn(|context| {
        let mut state = state.borrow_mut();
        match state.is_released {
            Some(is_released) => Poll::Ready(is_released),
            None => {
                state.reader = Some(context.waker().clone());
                Poll::Pending
            }
        }
    })
    .await
}
