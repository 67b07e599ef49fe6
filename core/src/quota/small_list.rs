//! A short list that needs no allocation.

use crate::endpoint::limits::Window;

/// The largest number of policies that apply to a call: one for each window of the endpoint and of the
/// catalogue.
pub(crate) const MAX_POLICIES: usize = 2 * Window::ALL.len();

/// A list of up to [`MAX_POLICIES`] items.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SmallList<T> {
    items: [T; MAX_POLICIES],
    count: usize,
}

impl<T: Copy + Default> SmallList<T> {
    /// Adds an item. Ignores the item if the list is full, but callers never add too many items.
    pub(crate) fn push(&mut self, item: T) {
        if let Some(place) = self.items.get_mut(self.count) {
            *place = item;
            self.count += 1;
        }
    }
}

impl<T> SmallList<T> {
    pub(crate) fn as_slice(&self) -> &[T] {
        &self.items[..self.count]
    }
}

impl<T: Copy + Default> Default for SmallList<T> {
    fn default() -> Self {
        Self {
            items: [T::default(); MAX_POLICIES],
            count: 0,
        }
    }
}
