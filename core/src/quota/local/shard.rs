//! A part of the counters, protected by one lock.

use crate::endpoint::limits::Window;
use crate::quota::local::slot::Slot;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Removes idle counters when the shard has doubled in size since the last removal, and at least once a minute
/// while it is used.
#[derive(Default)]
pub(crate) struct Shard {
    slots: HashMap<u64, Slot, BuildHasherDefault<KeyHasher>>,
    /// The number of counters at which idle counters are removed.
    sweep_at: usize,
    /// When idle counters are removed even if the shard hasn't grown.
    sweep_after: u64,
}

const SMALLEST_SWEEP: usize = 64;
const SWEEP_INTERVAL: u64 = 60_000_000_000;

impl Shard {
    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Returns a copy of a counter in its current window.
    pub(crate) fn get(&self, key: u64, window: Window, now: u64) -> Slot {
        let mut slot = match self.slots.get(&key) {
            Some(slot) => *slot,
            None => Slot::new(window, now),
        };
        slot.advance(now);
        slot
    }

    /// Stores a counter. `capacity` is the largest number of counters.
    pub(crate) fn set(&mut self, key: u64, slot: Slot, now: u64, capacity: usize) {
        if self.slots.len() >= self.sweep_at.min(capacity) || now >= self.sweep_after {
            self.sweep(now, capacity);
        }
        self.slots.insert(key, slot);
    }

    pub(crate) fn remove(&mut self, key: u64) {
        self.slots.remove(&key);
    }

    fn sweep(&mut self, now: u64, capacity: usize) {
        self.slots.retain(|_, slot| !slot.is_idle(now));
        if self.slots.len() >= capacity.max(1) {
            self.shed();
        }
        let len = self.slots.len();
        if self.slots.capacity() / 4 > len.max(SMALLEST_SWEEP) {
            self.slots.shrink_to(2 * len);
        }
        self.sweep_at = (2 * len).max(SMALLEST_SWEEP);
        self.sweep_after = now.saturating_add(SWEEP_INTERVAL);
    }

    /// Removes the half of the counters with the fewest units. Callers who have used up a limit keep their
    /// counters, even if someone floods the store with new callers. They keep them even if their limit is so
    /// low that most callers have more units.
    #[cold]
    fn shed(&mut self) {
        let mut weights: Vec<u32> = self.slots.values().map(Slot::weight).collect();
        let middle = weights.len() / 2;
        let (_, median, _) = weights.select_nth_unstable(middle);
        let median = *median;
        let mut surplus = middle;
        self.slots.retain(|_, slot| {
            let is_surplus = slot.weight() <= median && surplus > 0;
            surplus -= usize::from(is_surplus);
            !is_surplus
        });
        tracing::warn!(
            removed = middle,
            "the quotas of this process have too many callers, so those with the fewest calls were forgotten; raise `Quotas::capacity`"
        );
    }
}

/// Returns the key itself, which is a random number.
#[derive(Default)]
pub(crate) struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}
