//! The signals that stop the server: Ctrl-C, and the termination signal of service managers.

use std::io;

pub(crate) struct StopSignal {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl StopSignal {
    /// Registers the signals once, so none is missed between two calls of `received`.
    pub(crate) fn register() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    pub(crate) async fn received(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(not(unix))]
impl StopSignal {
    #[allow(clippy::unnecessary_wraps)]
    pub(crate) fn register() -> io::Result<Self> {
        Ok(Self {})
    }

    pub(crate) async fn received(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            // Without a signal to wait for, the server runs until its process is killed.
            std::future::pending::<()>().await;
        }
    }
}
