//! A simple model of a limit, which the tests compare with the implementations.

/// A limit's counter. Remembers every call, and counts with exact fractions. Times are microseconds.
#[derive(Clone, Debug)]
pub struct ReferenceLimit {
    window: u128,
    /// The calls in the current window, and when it was opened.
    opened: Option<u128>,
    used: u128,
    /// `None` if the window is longer than an hour.
    bucket: Option<Bucket>,
}

#[derive(Clone, Debug, Default)]
struct Bucket {
    /// The units after the last allowed call, multiplied by the window.
    level: u128,
    /// When the last call was allowed.
    measured: u128,
    /// The limit of the last allowed call, with which the bucket drains.
    drain: u128,
}

impl Bucket {
    fn level_at(&self, now: u128) -> u128 {
        let drained = (now - self.measured) * self.drain;
        self.level.saturating_sub(drained)
    }
}

impl ReferenceLimit {
    /// Creates the counter of a window with this number of seconds.
    #[must_use]
    pub fn new(seconds: u32) -> Self {
        Self {
            window: u128::from(seconds) * 1_000_000,
            opened: None,
            used: 0,
            bucket: (seconds <= 3600).then(Bucket::default),
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
        let cost = u128::from(cost);
        let fits =
            |bucket: &Bucket| bucket.level_at(now) + cost * self.window <= limit * self.window;
        cost == 0 || (self.used + cost <= limit && self.bucket.as_ref().is_none_or(fits))
    }

    /// Counts a call that all limits allowed.
    pub fn count(&mut self, limit: Option<u32>, cost: u32, now: u128) {
        if cost == 0 {
            return;
        }
        self.opened.get_or_insert(now);
        self.used += u128::from(cost);
        if let (Some(bucket), Some(limit)) = (&mut self.bucket, limit) {
            *bucket = Bucket {
                level: bucket.level_at(now) + u128::from(cost) * self.window,
                measured: now,
                drain: u128::from(limit),
            };
        }
    }

    /// Records a refusal. A refusal by this limit also opens a window.
    pub fn refuse(&mut self, now: u128) {
        self.opened.get_or_insert(now);
    }
}
