//! A counter in memory.

use crate::endpoint::limits::Window;
use crate::quota::bucket::{NotNow, unit_of};
use crate::quota::outcome::{CounterState, Violation};
use crate::quota::plan::TakeLimit;
use std::num::NonZeroU32;
use std::time::Duration;

/// A counter of one caller. All times are nanoseconds of the store's clock.
///
/// The first call starts a window, which counts the units. The first call after its end starts the next
/// window. Counters of windows of up to an hour also have a [`Bucket`](crate::quota::bucket::Bucket).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    /// The start of the current window.
    opened: u64,
    /// When the bucket will be empty.
    drained: u64,
    /// The units used in the current window.
    used: u32,
    /// The amount of the limit for which `drained` was computed.
    amount: u32,
    window: Window,
    /// Whether a refusal in the current window was reported.
    is_reported: bool,
}

impl Slot {
    /// Creates the counter of a caller whose window starts now.
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

    /// Returns the importance of this counter: the units used in the current window, or more than any number
    /// of units if the limit is used up.
    pub(crate) fn weight(&self) -> u32 {
        let is_used_up = self.is_reported || (self.amount > 0 && self.used >= self.amount);
        if is_used_up { u32::MAX } else { self.used }
    }

    /// Returns whether the counter is the same as the counter of a caller without calls.
    pub(crate) fn is_idle(&self, now: u64) -> bool {
        now >= self.ends() && now >= self.drained
    }

    /// Starts the next window if the current window has ended.
    pub(crate) fn advance(&mut self, now: u64) {
        if now >= self.ends() {
            self.opened = now;
            self.used = 0;
            self.is_reported = false;
        }
    }

    /// Deducts units if the limit allows it.
    ///
    /// # Errors
    /// Returns how long to wait, or `None` if waiting doesn't help.
    pub(crate) fn take(
        &mut self,
        limit: Option<&TakeLimit>,
        cost: u32,
        now: u64,
    ) -> Result<(), Option<u64>> {
        if let (Some(limit), Some(units)) = (limit, NonZeroU32::new(cost)) {
            if cost > limit.amount {
                return Err(None);
            }
            let used = self.used.checked_add(cost);
            let in_window = used.filter(|used| *used <= limit.amount);
            let until_end = in_window.map_or(self.ends().saturating_sub(now), |_| 0);
            match self.add_to_bucket(limit, units, now) {
                Ok(drained) if in_window.is_some() => {
                    self.drained = drained;
                    self.amount = limit.amount;
                }
                Ok(_) => return Err(Some(until_end)),
                Err(wait) => return Err(wait.map(|wait| wait.max(until_end))),
            }
        }
        self.used = self.used.saturating_add(cost);
        Ok(())
    }

    /// Returns when the bucket will be empty if units are added.
    ///
    /// # Errors
    /// If the units don't fit, returns how long to wait, or `None` if waiting doesn't help.
    fn add_to_bucket(
        &self,
        limit: &TakeLimit,
        units: NonZeroU32,
        now: u64,
    ) -> Result<u64, Option<u64>> {
        let Some(bucket) = &limit.bucket else {
            return Ok(self.drained);
        };
        match bucket.add(self.backlog(limit.amount, now), units) {
            Ok(backlog) => Ok(now.saturating_add(backlog)),
            Err(NotNow::Wait(wait)) => Err(Some(self.at_old_rate(wait, limit.amount))),
            Err(NotNow::Never) => Err(None),
        }
    }

    /// Marks a refusal as reported. Returns whether it is the first in the window.
    pub(crate) fn report(&mut self) -> bool {
        !std::mem::replace(&mut self.is_reported, true)
    }

    /// Describes the counter for the response.
    pub(crate) fn state(
        &self,
        limit: Option<&TakeLimit>,
        now: u64,
        violation: Option<Violation>,
    ) -> CounterState {
        let until_end = self.ends().saturating_sub(now);
        let (remaining, resets_in) = match limit {
            None => (u32::MAX, until_end),
            Some(limit) => {
                let in_window = limit.amount.saturating_sub(self.used);
                let bucket = limit.bucket.as_ref();
                match bucket.map(|bucket| bucket.space(self.backlog(limit.amount, now))) {
                    Some((units, wait)) if units < in_window => {
                        (units, self.at_old_rate(wait, limit.amount))
                    }
                    _ => (in_window, until_end),
                }
            }
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

    /// Returns the time until the bucket is empty at the rate of this limit. After a change of the limit, the
    /// bucket drains at the old rate until the next allowed call.
    fn backlog(&self, limit: u32, now: u64) -> u64 {
        let backlog = self.drained.saturating_sub(now);
        self.converted(backlog, self.amount, limit, |backlog, from, to| {
            backlog * to / from
        })
    }

    /// Converts a time at the rate of this limit to a time at the bucket's current rate.
    fn at_old_rate(&self, time: u64, limit: u32) -> u64 {
        // The wait must not be too short.
        self.converted(time, limit, self.amount, |time, from, to| {
            (time * to).div_ceil(from)
        })
    }

    /// Converts the drain time of some units at one limit's rate to their drain time at another limit's rate.
    /// The bucket rounds the time of a unit, so the conversion uses the rounded times. Otherwise, whole units
    /// would become fractions of units.
    #[inline]
    fn converted(
        &self,
        time: u64,
        from: u32,
        to: u32,
        convert: impl FnOnce(u128, u128, u128) -> u128,
    ) -> u64 {
        if from == to || from == 0 || to == 0 {
            return time;
        }
        let unit = |amount| u128::from(unit_of(amount, nanoseconds(self.window)));
        let converted = convert(u128::from(time), unit(from), unit(to));
        u64::try_from(converted).unwrap_or(u64::MAX)
    }
}

pub(crate) fn nanoseconds(window: Window) -> u64 {
    u64::from(window.seconds()) * 1_000_000_000
}
