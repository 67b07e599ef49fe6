//! Values that fairings store in a rocket request.

use rocket::Request;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A value in the request's local cache. A value in the cache can't be replaced, so the cell holds a
/// `Mutex`, whose content can. The cell starts out empty, because a fairing may run a guard before another
/// fairing stores the value.
struct RequestCell<V>(Mutex<Option<V>>);

/// Stores a value in the request. As in the other frameworks, the last value of a type takes effect.
pub(super) fn set<V: Send + Sync + 'static>(request: &Request<'_>, value: V) {
    *content(request) = Some(value);
}

/// Returns the value of this type, if the request contains one.
pub(super) fn get<V: Clone + Send + Sync + 'static>(request: &Request<'_>) -> Option<V> {
    content(request).clone()
}

/// Returns the content of the cell for this type. Don't hold the result across an `await`.
pub(super) fn content<'r, V: Send + Sync + 'static>(
    request: &'r Request<'_>,
) -> MutexGuard<'r, Option<V>> {
    let cell = request.local_cache(|| RequestCell(Mutex::new(None)));
    // No code panics while it holds this lock, so a poisoned lock can be ignored.
    cell.0.lock().unwrap_or_else(PoisonError::into_inner)
}
