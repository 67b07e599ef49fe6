use super::Answer;
use crate::source::Caller;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::available_parallelism;

/// How many answers each shard has.
const SLOTS: usize = 64;

/// After so many answers from here, one is fetched from the table, which so learns who calls often.
const UNSEEN: u64 = 16;

/// Answers of the callers who called last, near to the thread that they were given by: where threads
/// share nothing, none waits for the memory of another. What is here is believed by the same rules
/// as what is in the table.
pub(super) struct Near<T> {
    shards: Box<[Shard<T>]>,
}

/// Not in one line of the processor's cache with another.
#[repr(align(128))]
struct Shard<T>(Mutex<Slots<T>>);

struct Slots<T> {
    answers: Vec<Option<([u8; 32], Answer<T>)>>,
    asked: u64,
    hits: u64,
}

impl<T: Copy> Near<T> {
    pub(super) fn new() -> Self {
        let threads = available_parallelism().map_or(4, NonZero::get);
        let shard = || {
            Shard(Mutex::new(Slots {
                answers: (0..SLOTS).map(|_| None).collect(),
                asked: 0,
                hits: 0,
            }))
        };
        Self {
            shards: (0..threads * 2).map(|_| shard()).collect(),
        }
    }

    /// The caller with this digest, if the answer is here and still good.
    pub(super) fn get(
        &self,
        digest: &[u8; 32],
        is_good: impl FnOnce(&Answer<T>) -> bool,
    ) -> Option<Caller<T>> {
        let slots = &mut *self.slots();
        slots.asked += 1;
        if slots.asked.is_multiple_of(UNSEEN) {
            return None;
        }
        let (own, answer) = slots.answers.get(slot(digest))?.as_ref()?;
        if own != digest || !is_good(answer) {
            return None;
        }
        slots.hits += 1;
        answer.said.as_ref().ok().cloned()
    }

    /// Keeps the answer of a known caller who was asked for in time. What bridges a store that is
    /// down is in the table only.
    pub(super) fn put(&self, digest: &[u8; 32], answer: &Answer<T>) {
        let (Ok(caller), None) = (&answer.said, answer.retry_at) else {
            return;
        };
        // A copy that no other thread counts the references of.
        let caller = Caller {
            tier: caller.tier,
            id: caller.id.as_deref().map(Into::into),
        };
        let answer = Answer {
            said: Ok(caller),
            ..*answer
        };
        if let Some(slot) = self.slots().answers.get_mut(slot(digest)) {
            *slot = Some((*digest, answer));
        }
    }

    /// How many answers were given from here.
    pub(super) fn hits(&self) -> u64 {
        let shards = self.shards.iter();
        shards.map(|shard| shard.slots().hits).sum()
    }

    fn slots(&self) -> MutexGuard<'_, Slots<T>> {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        thread_local! {
            static OWN: usize = NEXT.fetch_add(1, Ordering::Relaxed);
        }
        // A thread that ends has none any more, and shares the first.
        let own = OWN.try_with(|own| *own).unwrap_or_default();
        self.shards[own % self.shards.len()].slots()
    }
}

impl<T> Shard<T> {
    fn slots(&self) -> MutexGuard<'_, Slots<T>> {
        // Nothing can panic while the lock is held.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn slot(digest: &[u8; 32]) -> usize {
    usize::from(digest[0]) % SLOTS
}
