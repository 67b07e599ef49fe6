//! A simple model of a limit, which the tests compare with the implementations.

/// A limit's counter. Remembers every call, and counts with exact fractions. Times are microseconds.
#[derive(Clone, Debug)]
pub struct ReferenceLimit {
    window: u128,
    /// The calls in the current window, and when it was opened.
    opened: Option<u128>,
    used: u128,
    /// The units in the bucket, multiplied by the window, and when they were measured. `None` if the
    /// window is longer than an hour.
    bucket: Option<(u128, u128)>,
}

impl ReferenceLimit {
    /// Creates the counter of a window with this number of seconds.
    #[must_use]
    pub fn new(seconds: u32) -> Self {
        Self {
            window: u128::from(seconds) * 1_000_000,
            opened: None,
            used: 0,
            bucket: (seconds <= 3600).then_some((0, 0)),
        }
    }

    /// Returns whether the limit allows a call, without counting it.
    pub fn allows(&mut self, limit: Option<u32>, cost: u32, now: u128) -> bool {
        if self
            .opened
            .is_some_and(|opened| now >= opened + self.window)
        {
            (self.opened, self.used) = (None, 0);
        }
        let Some(limit) = limit.map(u128::from) else {
            return true;
        };
        if let Some((level, measured)) = &mut self.bucket {
            *level = level.saturating_sub((now - *measured) * limit);
            *measured = now;
        }
        let cost = u128::from(cost);
        let fits = |(level, _)| level + cost * self.window <= limit * self.window;
        cost == 0 || (self.used + cost <= limit && self.bucket.is_none_or(fits))
    }

    /// Counts a call that all limits allowed.
    pub fn count(&mut self, limit: Option<u32>, cost: u32, now: u128) {
        if cost == 0 {
            return;
        }
        self.opened.get_or_insert(now);
        self.used += u128::from(cost);
        if let (Some((level, _)), Some(_)) = (&mut self.bucket, limit) {
            *level += u128::from(cost) * self.window;
        }
    }

    /// Records a refusal. A refusal by this limit also opens a window.
    pub fn refuse(&mut self, now: u128) {
        self.opened.get_or_insert(now);
    }
}
