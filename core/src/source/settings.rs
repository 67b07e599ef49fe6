//! The settings of a tier layer, and the lookup that uses them.

use crate::access::caller::Caller;
use crate::source::api_key::ApiKey;
use crate::source::credential::Credential;
use crate::source::resolved::Resolved;
use crate::source::{SourceError, TierSource};
use crate::tier::Tier;
use http::request::Parts;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// A type-erased [`TierSource`].
pub(crate) trait AnySource<T>: Send + Sync {
    fn known(&self, key: &ApiKey) -> Option<Result<Caller<T>, SourceError>>;
    fn find<'a>(&'a self, key: &'a ApiKey) -> FindFuture<'a, T>;
}

pub(crate) type FindFuture<'a, T> =
    Pin<Box<dyn Future<Output = Result<Caller<T>, SourceError>> + Send + 'a>>;

impl<S: TierSource> AnySource<S::Tier> for S {
    fn known(&self, key: &ApiKey) -> Option<Result<Caller<S::Tier>, SourceError>> {
        TierSource::known(self, key)
    }

    fn find<'a>(&'a self, key: &'a ApiKey) -> FindFuture<'a, S::Tier> {
        Box::pin(TierSource::find(self, key))
    }
}

pub(crate) struct Settings<T> {
    pub(crate) source: Arc<dyn AnySource<T>>,
    pub(crate) credentials: Vec<Credential>,
    pub(crate) anonymous: Option<T>,
    pub(crate) without_subscription: Option<T>,
    pub(crate) retry_after: Duration,
}

impl<T: Copy> Clone for Settings<T> {
    fn clone(&self) -> Self {
        Self {
            source: self.source.clone(),
            credentials: self.credentials.clone(),
            ..*self
        }
    }
}

impl<T: Tier> Settings<T> {
    /// Looks up the caller of a request.
    pub(crate) async fn look_up(&self, parts: &Parts) -> Resolved<T> {
        let key = match self.key(parts).await {
            Ok(Some(key)) => key,
            Ok(None) => {
                let anonymous = self.anonymous.map(Caller::anonymous);
                return Resolved::without_key(anonymous.ok_or(SourceError::UnknownCaller));
            }
            Err(error) => return Resolved::without_key(Err(error)),
        };
        let result = match self.source.known(&key) {
            Some(result) => result,
            None => self.source.find(&key).await,
        };
        let result = result.map(|caller| caller.or_without_subscription(self.without_subscription));
        Resolved::of_key(key, result)
    }

    /// Whether a user's function extracts the key.
    #[cfg(any(feature = "axum", feature = "tower"))]
    pub(crate) fn has_function(&self) -> bool {
        self.credentials.iter().any(Credential::is_function)
    }

    async fn key(&self, parts: &Parts) -> Result<Option<ApiKey>, SourceError> {
        if self.credentials.is_empty() {
            return Credential::bearer().find(parts).await;
        }
        for credential in &self.credentials {
            if let Some(key) = credential.find(parts).await? {
                return Ok(Some(key));
            }
        }
        Ok(None)
    }
}
