//! Wakes a watcher when a channel reports a change.

use crate::overrides::store::Wake;
use crate::source::stores::change_receiver::ChangeReceiver;

/// Receives the messages of a channel. A message's content doesn't matter.
pub(crate) struct WakeOnChange {
    wake: Wake,
    /// The sender of the messages, for logs.
    sender: &'static str,
    is_interrupted: bool,
}

impl WakeOnChange {
    pub(crate) fn new(wake: Wake, sender: &'static str) -> Self {
        Self {
            wake,
            sender,
            is_interrupted: false,
        }
    }
}

impl ChangeReceiver for WakeOnChange {
    fn connected(&mut self) {
        self.is_interrupted = false;
        // The channel may have missed a change while it was disconnected.
        self.wake.wake();
    }

    fn receive(&mut self, _message: &str) {
        self.wake.wake();
    }

    fn interrupted(&mut self, reason: &str) {
        let was_interrupted = std::mem::replace(&mut self.is_interrupted, true);
        if !was_interrupted {
            let sender = self.sender;
            tracing::warn!(
                "notifications of changed overrides from {sender} are interrupted: {reason}"
            );
        }
    }
}
