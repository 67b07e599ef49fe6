//! A counter in memory.

use crate::endpoint::limits::Window;
use crate::quota::local::bucket::{Bucket, NotNow};
use crate::quota::outcome::{CounterState, Violation};
use std::num::NonZeroU32;
use std::time::Duration;

/// A counter of one caller. All times are nanoseconds of the store's clock.
///
/// The first call opens a window, in which the units are counted. The first call after its end opens the
/// next window. Counters of windows of up to an hour also have a [`Bucket`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    /// When the current window was opened.
    opened: u64,
    /// When the bucket will be empty.
    drained: u64,
    /// The units that were taken in the current window.
    used: u32,
    /// The amount of the limit for which `drained` was computed.
    amount: u32,
    window: Window,
    /// Whether a refusal in the current window was reported.
    is_reported: bool,
}

/// The longest window that also has a bucket, in seconds.
pub(crate) const LONGEST_RATE: u32 = 60 * 60;

/// Fills the unused places of a list.
impl Default for Slot {
    fn default() -> Self {
        Self::new(Window::ALL[0], 0)
    }
}

impl Slot {
    /// Creates the counter of a caller who opens a window now.
    pub(crate) fn new(window: Window, now: u64) -> Self {
        Self {
            opened: now,
            drained: now,
            used: 0,
            amount: 0,
            window,
            is_reported: false,
        }
    }

    /// Returns the units that were taken in the current window.
    pub(crate) fn used(&self) -> u32 {
        self.used
    }

    /// Returns whether the counter is the same as that of a caller without calls.
    pub(crate) fn is_idle(&self, now: u64) -> bool {
        now >= self.ends() && now >= self.drained
    }

    /// Opens the next window if the current one has ended.
    pub(crate) fn advance(&mut self, now: u64) {
        if now >= self.ends() {
            self.opened = now;
            self.used = 0;
            self.is_reported = false;
        }
    }

    /// Takes units, unless the limit doesn't allow it.
    ///
    /// # Errors
    /// Returns how long to wait, or `None` if waiting doesn't help.
    pub(crate) fn take(
        &mut self,
        limit: Option<u32>,
        cost: u32,
        now: u64,
    ) -> Result<(), Option<u64>> {
        if let (Some(limit), Some(units)) = (limit, NonZeroU32::new(cost)) {
            if cost > limit {
                return Err(None);
            }
            let of_window = match self.used.checked_add(cost) {
                Some(used) if used <= limit => None,
                _ => Some(self.ends() - now),
            };
            let of_bucket = match self
                .bucket(limit)
                .map(|bucket| bucket.add(self.backlog(limit, now), units))
            {
                None => Ok(self.drained),
                Some(Ok(backlog)) => Ok(now.saturating_add(backlog)),
                Some(Err(NotNow::Wait(wait))) => Err(wait),
                Some(Err(NotNow::Never)) => return Err(None),
            };
            match (of_window, of_bucket) {
                (None, Ok(drained)) => {
                    self.drained = drained;
                    self.amount = limit;
                }
                (of_window, of_bucket) => {
                    let wait = of_bucket.err().unwrap_or(0);
                    return Err(Some(wait.max(of_window.unwrap_or(0))));
                }
            }
        }
        self.used = self.used.saturating_add(cost);
        Ok(())
    }

    /// Marks a refusal as reported. Returns whether it is the first in the window.
    pub(crate) fn report(&mut self) -> bool {
        !std::mem::replace(&mut self.is_reported, true)
    }

    /// Describes the counter for the response.
    pub(crate) fn state(
        &self,
        limit: Option<u32>,
        now: u64,
        violation: Option<Violation>,
    ) -> CounterState {
        let in_window = limit.map_or(u32::MAX, |limit| limit.saturating_sub(self.used));
        let until_end = self.ends().saturating_sub(now);
        let bucket = limit.and_then(|limit| Some((limit, self.bucket(limit)?)));
        let space = bucket.map(|(limit, bucket)| bucket.space(self.backlog(limit, now)));
        let (remaining, resets_in) = match space {
            Some((units, wait)) if units < in_window => (units, wait),
            _ => (in_window, until_end),
        };
        CounterState {
            used: self.used,
            remaining,
            resets_in: Duration::from_nanos(resets_in),
            violation,
        }
    }

    fn ends(&self) -> u64 {
        self.opened.saturating_add(nanoseconds(self.window))
    }

    /// Returns the bucket, or `None` if the window is so long that it has none.
    fn bucket(&self, limit: u32) -> Option<Bucket> {
        if self.window.seconds() > LONGEST_RATE {
            return None;
        }
        Bucket::new(NonZeroU32::new(limit)?, nanoseconds(self.window))
    }

    /// Returns the time until the bucket of this limit is empty. After a change of the limit, the same
    /// number of units is in the bucket, and it drains with the new rate.
    fn backlog(&self, limit: u32, now: u64) -> u64 {
        let backlog = self.drained.saturating_sub(now);
        if self.amount == limit || self.amount == 0 {
            return backlog;
        }
        let scaled = u128::from(backlog) * u128::from(self.amount) / u128::from(limit.max(1));
        u64::try_from(scaled).unwrap_or(u64::MAX)
    }
}

pub(crate) fn nanoseconds(window: Window) -> u64 {
    u64::from(window.seconds()) * 1_000_000_000
}
