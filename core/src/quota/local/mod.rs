//! Counters in the memory of this process.

pub(crate) mod shard;
pub(crate) mod slot;

use self::shard::Shard;
use crate::quota::outcome::{CounterState, Violation};
use crate::quota::plan::{Counter, Take};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The counters of all callers, spread over shards. Each shard has a lock. All counters of a caller are in the
/// same shard, so a call takes only one lock.
pub(crate) struct LocalStore {
    shards: Box<[Mutex<Shard>]>,
    /// The largest number of counters.
    capacity: AtomicUsize,
}

const SHARDS: usize = 128;

/// About 300 MB, if all counters are in use.
const DEFAULT_CAPACITY: usize = 1 << 22;

impl LocalStore {
    pub(crate) fn new() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            capacity: AtomicUsize::new(DEFAULT_CAPACITY),
        }
    }

    pub(crate) fn set_capacity(&self, counters: usize) {
        self.capacity.store(counters, Ordering::Relaxed);
    }

    /// Returns the number of counters.
    pub(crate) fn len(&self) -> usize {
        let shards = self.shards.iter();
        shards.map(|shard| lock(shard).len()).sum()
    }

    /// Deducts the cost of a call from all counters or from none. Passes the state of each counter to
    /// `receive`, and whether the call is allowed. `caller` is the hash of the caller's identity.
    pub(crate) fn take(
        &self,
        caller: u64,
        takes: &[Take],
        now: u64,
        mut receive: impl FnMut(CounterState, bool),
    ) {
        let mut shard = self.shard(caller);
        let current = |shard: &Shard, take: &Take| {
            shard.get(key(caller, take.counter), take.counter.window, now)
        };
        let allows = |take: &Take| {
            let mut slot = current(&shard, take);
            slot.take(take.limit.as_ref(), take.cost, now).is_ok()
        };
        // A single counter doesn't need a separate check first.
        let mut is_allowed = takes.len() == 1 || takes.iter().all(allows);
        for take in takes {
            let limit = take.limit.as_ref();
            let mut slot = current(&shard, take);
            let mut taken = slot;
            let violation = taken.take(limit, take.cost, now).err().map(|wait| {
                is_allowed = false;
                Violation {
                    wait: wait.map(Duration::from_nanos),
                    is_first: slot.report(),
                }
            });
            if is_allowed {
                slot = taken;
            }
            // A counter that the call didn't change isn't stored.
            if (is_allowed && take.cost > 0) || violation.is_some() {
                let capacity = self.capacity.load(Ordering::Relaxed).div_ceil(SHARDS);
                shard.set(key(caller, take.counter), slot, now, capacity);
            }
            receive(slot.state(limit, now, violation), is_allowed);
        }
    }

    /// Returns the state of a counter.
    pub(crate) fn look(&self, caller: u64, take: &Take, now: u64) -> CounterState {
        let shard = self.shard(caller);
        let slot = shard.get(key(caller, take.counter), take.counter.window, now);
        slot.state(take.limit.as_ref(), now, None)
    }

    /// Removes counters of a caller.
    pub(crate) fn reset(&self, caller: u64, counters: &[Counter]) {
        let mut shard = self.shard(caller);
        for counter in counters {
            shard.remove(key(caller, *counter));
        }
    }

    fn shard(&self, caller: u64) -> MutexGuard<'_, Shard> {
        // The map in the shard uses the lowest and the highest bits.
        let index = (caller >> 32) as usize % SHARDS;
        lock(&self.shards[index])
    }
}

fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns the key of a caller's counter. The caller's hash is random, so the key is random too.
fn key(caller: u64, counter: Counter) -> u64 {
    let number = u64::from(counter.scope) << 3 | counter.window.index() as u64;
    caller ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}
