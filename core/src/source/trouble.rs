//! What is told of a source that cannot say who is calling: once for each question, never the key.

use super::{ApiKey, SourceError};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::error::Error;
use std::fmt;
use std::sync::Arc;

type Reason = Arc<dyn Error + Send + Sync>;

/// What stands in a URL as it is.
const IN_URLS: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A reason that was logged where the source was asked, and is not logged by each request to which
/// it is the answer.
struct Logged(Reason);

impl fmt::Debug for Logged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Logged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for Logged {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

/// The reason as the source gave it.
pub(super) fn reason(reason: &Reason) -> &(dyn Error + 'static) {
    match reason.downcast_ref() {
        Some(Logged(own)) => &**own,
        None => &**reason,
    }
}

fn is_logged(reason: &Reason) -> bool {
    reason.is::<Logged>()
}

/// Tells what somebody has to mend, whoever listens, unless it was told before.
pub(super) fn log(error: SourceError, key: Option<&ApiKey>) -> SourceError {
    let caller = || key.map(ApiKey::fingerprint);
    match error {
        SourceError::Unavailable(reason) if !is_logged(&reason) => {
            let error = SourceError::Unavailable(reason.clone());
            let text = whole(&error, key);
            tracing::warn!(
                caller = caller(),
                "a caller's tier could not be looked up: {text}"
            );
            SourceError::Unavailable(Arc::new(Logged(reason)))
        }
        SourceError::Unreadable(reason) if !is_logged(&reason) => {
            let error = SourceError::Unreadable(reason.clone());
            let text = whole(&error, key);
            tracing::error!(
                caller = caller(),
                "a caller's tier could not be read: {text}"
            );
            SourceError::Unreadable(Arc::new(Logged(reason)))
        }
        error => error,
    }
}

/// A store that refuses the question itself, which no waiting mends. It is told as a mistake of the
/// program, and answered as a store that is down, so that nobody who is known is locked out meanwhile.
#[cfg(any(feature = "sqlx", feature = "redis"))]
pub(super) fn mistake(reason: &str) -> SourceError {
    tracing::error!("the store refuses the question for a caller's tier: {reason}");
    let reason: Box<dyn Error + Send + Sync> = reason.into();
    SourceError::Unavailable(Arc::new(Logged(reason.into())))
}

/// An error with all of its reasons, and without the key.
fn whole(error: &dyn Error, key: Option<&ApiKey>) -> String {
    let mut text = error.to_string();
    let mut reason = error.source();
    while let Some(error) = reason {
        let own = error.to_string();
        // Some repeat their reason themselves.
        if !text.contains(&own) {
            text = format!("{text}: {own}");
        }
        reason = error.source();
    }
    match key {
        Some(key) => without_key(&text, key),
        None => text,
    }
}

/// What a store said, with the key left out: some repeat what they were asked, and the URL too.
pub(super) fn without_key(message: &dyn fmt::Display, key: &ApiKey) -> String {
    let message = message.to_string();
    match key.expose() {
        "" => message,
        secret => {
            let in_url = utf8_percent_encode(secret, IN_URLS).to_string();
            message.replace(secret, "…").replace(&in_url, "…")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{log, reason, without_key};
    use crate::source::{ApiKey, SourceError};
    use std::error::Error;
    use std::io;

    #[test]
    fn no_form_of_the_key_is_told() {
        let key = ApiKey::new("s3cret/+=");
        for message in ["asked for s3cret/+=", "GET /callers?key=s3cret%2F%2B%3D"] {
            let told = without_key(&message, &key);
            assert!(!told.contains("s3cret"), "{told}");
        }
        assert_eq!(without_key(&"nothing", &ApiKey::new("")), "nothing");
    }

    #[test]
    fn the_reason_is_the_sources_own_also_when_it_was_told() {
        let error = SourceError::unavailable(io::Error::from(io::ErrorKind::TimedOut));
        let kind = |error: &SourceError| {
            let reason = error.source().and_then(<dyn Error>::downcast_ref);
            reason.map(io::Error::kind)
        };
        assert_eq!(kind(&error), Some(io::ErrorKind::TimedOut));
        let told = log(log(error, None), None);
        assert_eq!(kind(&told), Some(io::ErrorKind::TimedOut));
        assert!(SourceError::UnknownCaller.source().is_none());
        let SourceError::Unavailable(own) = told else {
            panic!("another error");
        };
        assert_eq!(reason(&own).to_string(), own.to_string());
    }
}
