//! Installs the content of a store, and follows its changes.

use crate::access::overrides::Overrides;
use crate::access::overrides::invalid::InvalidOverrides;
use crate::access::overrides::raw::RawSnapshot;
use crate::overrides::load_error::LoadError;
use crate::overrides::store::{Store, StoreOptions, Wake};
use crate::tier::Tier;
use std::collections::VecDeque;

/// The maximum number of remembered problems. A remembered problem isn't logged again. Only a store
/// with random content has more problems at a time.
const REMEMBERED_PROBLEMS: usize = 16;

/// Loads overrides from a store into a handle.
pub(crate) struct Loader<S: Store, T> {
    store: S,
    overrides: Overrides<T>,
    options: StoreOptions,
    /// The content that was read last, and whether it was installed.
    last: Option<(S::Content, Result<(), LoadError>)>,
    /// The problems that were logged since the last success.
    logged: VecDeque<String>,
}

impl<S: Store, T: Tier> Loader<S, T> {
    pub(crate) fn new(store: S, overrides: &Overrides<T>, options: StoreOptions) -> Self {
        Self {
            store,
            overrides: overrides.clone(),
            options,
            last: None,
            logged: VecDeque::new(),
        }
    }

    /// Reads the store, and installs the content if it has changed since the last read.
    pub(crate) async fn load(&mut self) -> Result<(), LoadError> {
        let known = self.last.as_ref().map(|(content, _)| content);
        if let Some(stored) = self.store.read(known).await? {
            let installed = stored
                .snapshot
                .and_then(|snapshot| self.install(&snapshot))
                .map_err(LoadError::from);
            self.last = Some((stored.content, installed));
        }
        match &self.last {
            Some((_, installed)) => installed.clone(),
            None => Ok(()),
        }
    }

    /// Loads the store repeatedly, and reports problems.
    pub(crate) async fn watch(mut self, wake: &Wake) {
        loop {
            let loaded = self.load().await;
            self.report(loaded);
            wake.wait(self.options.interval).await;
        }
    }

    fn install(&self, snapshot: &RawSnapshot) -> Result<(), InvalidOverrides> {
        let read = snapshot.read::<T>()?;
        if !self.options.accepts_older_versions {
            return self.overrides.replace(snapshot.version, read);
        }
        // The option only accepts older versions. Different overrides with the installed version are
        // still an error. Otherwise, machines that start later would use different overrides with the
        // same version.
        let replaced = self.overrides.replace(snapshot.version, read.clone());
        match replaced {
            Err(error) if error.is_older_version() => {
                self.overrides.rollback(snapshot.version, read)
            }
            replaced => replaced,
        }
    }

    fn report(&mut self, loaded: Result<(), LoadError>) {
        let (store, version) = (S::NAME, self.overrides.version());
        let error = match loaded {
            Ok(()) => {
                if !self.logged.is_empty() {
                    self.logged.clear();
                    tracing::info!(store, version, "the overrides are loaded again");
                }
                return;
            }
            Err(error) => error,
        };
        #[cfg(feature = "metrics")]
        metrics::counter!("tiergate_overrides_failed_total", "store" => store, "reason" => error.metric_label())
            .increment(1);
        let problem = error.to_string();
        if self.logged.contains(&problem) {
            return;
        }
        let consequence = match version {
            Some(_) => "the installed overrides stay in effect",
            None => "the requirements in the attributes apply",
        };
        tracing::error!(
            store,
            version,
            "the overrides can't be loaded, so {consequence}: {problem}"
        );
        if self.logged.len() == REMEMBERED_PROBLEMS {
            self.logged.pop_front();
        }
        self.logged.push_back(problem);
    }
}
