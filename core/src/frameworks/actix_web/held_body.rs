//! A request body that can't be read until the guard has decided.
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

/// The guard's decision. Dropping it without a call of `permit` refuses the body.
pub(super) struct Decision(Rc<RefCell<State>>);

#[derive(Default)]
struct State {
    is_permitted: Option<bool>,
    reader: Option<Waker>,
}

impl Decision {
    pub(super) fn permit(self) {
        self.decide(true);
    }

    fn decide(&self, is_permitted: bool) {
        let reader = {
            let mut state = self.0.borrow_mut();
            state.is_permitted.get_or_insert(is_permitted);
            state.reader.take()
        };
        if let Some(reader) = reader {
            reader.wake();
        }
    }
}

impl Drop for Decision {
    fn drop(&mut self) {
        self.decide(false);
    }
}

/// Replaces the body with a stream that waits for the decision. The stream fails if the guard refuses
/// the call.
pub(super) fn hold(payload: &mut Payload) -> Decision {
    let state = Rc::<RefCell<State>>::default();
    if !matches!(payload, Payload::None) {
        let (body, asked) = (payload.take(), state.clone());
        let held = stream::once(async move {
            if is_permitted(&asked).await {
                Ok(body)
            } else {
                Err(PayloadError::Incomplete(None))
            }
        });
        *payload = Payload::Stream {
            payload: Box::pin(held.try_flatten()),
        };
    }
    Decision(state)
}

async fn is_permitted(state: &RefCell<State>) -> bool {
    poll_fn(|context| {
        let mut state = state.borrow_mut();
        match state.is_permitted {
            Some(is_permitted) => Poll::Ready(is_permitted),
            None => {
                state.reader = Some(context.waker().clone());
                Poll::Pending
            }
        }
    })
    .await
}
