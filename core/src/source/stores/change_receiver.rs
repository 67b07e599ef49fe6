//! Receives messages about changes from a PostgreSQL or Redis channel.

use crate::source::cache::invalidation_channel::InvalidationChannel;

/// Receives the messages of a channel.
pub(crate) trait ChangeReceiver: Send {
    /// Reports that the channel delivers every message from now on.
    fn connected(&mut self);

    /// Handles a message.
    fn receive(&mut self, message: &str);

    /// Reports that messages may be missed from now on. `reason` is safe to log.
    fn interrupted(&mut self, reason: &str);
}

/// Forwards the messages of a channel to a cache.
pub(crate) struct Invalidations {
    pub(crate) channel: InvalidationChannel,
    /// The sender of the messages, for logs.
    pub(crate) sender: &'static str,
}

impl ChangeReceiver for Invalidations {
    fn connected(&mut self) {
        self.channel.connected();
    }

    fn receive(&mut self, message: &str) {
        self.channel.receive(message);
    }

    fn interrupted(&mut self, reason: &str) {
        let sender = self.sender;
        tracing::warn!("invalidations from {sender} are interrupted: {reason}");
        self.channel.lost();
    }
}
