//! Write transactions.

use super::turns::Turn;
use sqlx::{Any, AnyConnection, Transaction};
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use tokio::sync::Notify;

/// A write transaction of one community. Dropping it without a commit rolls it back.
pub(super) struct WriteTransaction {
    inner: Transaction<'static, Any>,
    outbox: Arc<Notify>,
    /// The number of events that wait, or `None` if the community has no receiver for events.
    pub(super) waiting: Option<i64>,
    changes_outbox: bool,
    /// Ends after the transaction.
    _turn: Turn,
}

impl WriteTransaction {
    pub(super) fn new(inner: Transaction<'static, Any>, outbox: Arc<Notify>, turn: Turn) -> Self {
        Self {
            inner,
            outbox,
            waiting: None,
            changes_outbox: false,
            _turn: turn,
        }
    }

    /// Wakes the outbox after the commit.
    pub(super) fn wake_outbox(&mut self) {
        self.changes_outbox = true;
    }

    pub(super) async fn commit(self) -> Result<(), sqlx::Error> {
        self.inner.commit().await?;
        if self.changes_outbox {
            self.outbox.notify_one();
        }
        Ok(())
    }
}

impl Deref for WriteTransaction {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        &self.inner
    }
}

impl DerefMut for WriteTransaction {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.inner
    }
}
