//! Counters in the memory of this process.

pub(crate) mod bucket;
pub(crate) mod shard;
pub(crate) mod slot;

use self::shard::Shard;
use self::slot::Slot;
use crate::quota::outcome::{CounterState, CounterStates, Violation};
use crate::quota::plan::{Counter, Take};
use crate::quota::small_list::SmallList;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The counters of all callers, spread over shards with a lock each. All counters of a caller are in the
/// same shard, so a call locks only once.
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

    /// Takes what a call costs, from all counters or from none. `caller` is the hash of the caller's
    /// identity, and `share` is the number of machines among which the limits are divided.
    pub(crate) fn take(&self, caller: u64, takes: &[Take], share: u32, now: u64) -> CounterStates {
        let mut shard = self.shard(caller);
        let mut slots: SmallList<Slot> = takes
            .iter()
            .map(|take| shard.get(key(caller, take.counter), take.counter.window, now))
            .collect();
        let mut waits: SmallList<Option<Option<u64>>> = SmallList::default();
        let mut taken = slots;
        for (slot, take) in taken.as_mut_slice().iter_mut().zip(takes) {
            let limit = share_of(take.limit, take.cost, share);
            waits.push(slot.take(limit, take.cost, now).err());
        }
        let is_allowed = waits.as_slice().iter().all(Option::is_none);
        if is_allowed {
            slots = taken;
        }
        let mut states = CounterStates::default();
        let of_slots = slots.as_mut_slice().iter_mut();
        for ((slot, take), wait) in of_slots.zip(takes).zip(waits.as_slice()) {
            let violation = wait.map(|wait| Violation {
                wait: wait.map(Duration::from_nanos),
                is_first: slot.report(),
            });
            // Counters that change nothing need no place in memory.
            if (is_allowed && take.cost > 0) || violation.is_some() {
                let capacity = self.capacity.load(Ordering::Relaxed).div_ceil(SHARDS);
                shard.set(key(caller, take.counter), *slot, now, capacity);
            }
            let limit = share_of(take.limit, take.cost, share);
            states.push(slot.state(limit, now, violation));
        }
        states
    }

    /// Returns the state of a counter.
    pub(crate) fn look(&self, caller: u64, take: &Take, now: u64) -> CounterState {
        let shard = self.shard(caller);
        let slot = shard.get(key(caller, take.counter), take.counter.window, now);
        slot.state(take.limit, now, None)
    }

    /// Removes counters of a caller.
    pub(crate) fn reset(&self, caller: u64, takes: &[Take]) {
        let mut shard = self.shard(caller);
        for take in takes {
            shard.remove(key(caller, take.counter));
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

/// Returns the part of a limit that one of several machines may use, which is at least the cost of the
/// call.
fn share_of(limit: Option<u32>, cost: u32, machines: u32) -> Option<u32> {
    limit.map(|limit| {
        let share = limit.div_ceil(machines.max(1));
        share.max(cost.min(limit))
    })
}
