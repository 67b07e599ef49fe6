//! Logs each failed lookup once, without the text of the error.
//!
//! The text of a store's error may repeat the key, in any encoding. The log therefore contains only
//! the error's type, kind and codes.

use crate::source::SourceError;
use crate::source::api_key::ApiKey;
use crate::tier::UnknownTier;
use std::borrow::Cow;
use std::error::Error;
use std::sync::Arc;
use std::{fmt, io, iter};

pub(crate) type Reason = dyn Error + Send + Sync;

/// The maximum number of errors to inspect in a chain of sources.
const DEPTH: usize = 16;

/// A reason without any text from a store, an error or a request. It is safe to log.
#[derive(Debug)]
pub(crate) struct Safe(Cow<'static, str>);

/// Marks a text as [`Safe`]. The calling code must make sure that it is.
#[cfg_attr(
    not(any(feature = "cache", feature = "sqlx", feature = "redis")),
    allow(dead_code)
)]
pub(crate) fn safe(text: impl Into<Cow<'static, str>>) -> Safe {
    Safe(text.into())
}

impl fmt::Display for Safe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Safe {}

/// Wraps a reason and displays only the parts that are safe to log. [`SourceError::reason`] returns the
/// reason itself.
struct Noted {
    own: Arc<Reason>,
    type_name: Option<&'static str>,
    /// Whether the reason was logged. Requests that share a lookup must not log its reason again.
    is_logged: bool,
}

impl fmt::Debug for Noted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Noted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds = kinds(&*self.own);
        match self.type_name {
            Some(name) if !is_classified(&*self.own) => {
                write!(f, "an error of type `{name}`")?;
                if kinds.is_empty() {
                    return Ok(());
                }
                f.write_str(": ")?;
            }
            _ if kinds.is_empty() => return f.write_str("an error of unknown type"),
            _ => {}
        }
        f.write_str(&kinds)
    }
}

impl Error for Noted {}

/// Wraps a reason and records the name of its type, before boxing erases the type.
pub(crate) fn noted<R: Into<Box<Reason>>>(reason: R) -> Arc<Reason> {
    Arc::new(Noted {
        type_name: Some(std::any::type_name::<R>()),
        own: reason.into().into(),
        is_logged: false,
    })
}

/// The reason that the source returned, without its wrapper.
pub(crate) fn own(reason: &Arc<Reason>) -> &(dyn Error + Send + Sync + 'static) {
    match reason.downcast_ref() {
        Some(Noted { own, .. }) => &**own,
        None => &**reason,
    }
}

/// The parts of a reason that are safe to log.
pub(crate) fn kind(reason: &Arc<Reason>) -> String {
    match reason.downcast_ref::<Noted>() {
        Some(noted) => noted.to_string(),
        None => with_log_state(reason, false).to_string(),
    }
}

fn with_log_state(reason: &Arc<Reason>, is_logged: bool) -> Noted {
    let noted = reason.downcast_ref::<Noted>();
    Noted {
        own: noted.map_or_else(|| reason.clone(), |noted| noted.own.clone()),
        type_name: noted.and_then(|noted| noted.type_name),
        is_logged,
    }
}

fn is_logged(reason: &Arc<Reason>) -> bool {
    let noted = reason.downcast_ref::<Noted>();
    noted.is_some_and(|noted| noted.is_logged)
}

fn logged(reason: &Arc<Reason>) -> Arc<Reason> {
    Arc::new(with_log_state(reason, true))
}

/// Logs an error that needs operator action, unless it was logged before.
pub(crate) fn log(error: SourceError, key: Option<&ApiKey>) -> SourceError {
    let caller = || key.map(ApiKey::fingerprint);
    match &error {
        SourceError::Unavailable(reason) if !is_logged(reason) => {
            tracing::warn!(
                caller = caller(),
                "the lookup of a caller's tier failed: {error}"
            );
            SourceError::Unavailable(logged(reason))
        }
        SourceError::InvalidTier(reason) if !is_logged(reason) => {
            tracing::error!(
                caller = caller(),
                "the stored tier of a caller is invalid: {error}"
            );
            SourceError::InvalidTier(logged(reason))
        }
        _ => error,
    }
}

/// Logs an error in the query itself, which the operator must fix. The lookup then fails as in an
/// outage, so a cache can still serve known callers. The reason must be safe to log.
#[cfg(any(feature = "sqlx", feature = "redis"))]
pub(crate) fn mistake(reason: &str) -> SourceError {
    tracing::error!("the store rejects the query for a caller's tier: {reason}");
    SourceError::Unavailable(logged(&noted(safe(reason.to_owned()))))
}

/// Lists the known kinds of an error and its sources.
pub(crate) fn kinds(error: &(dyn Error + 'static)) -> String {
    let chain = iter::successors(Some(error), |error| (*error).source());
    let mut kinds: Vec<String> = chain.take(DEPTH).filter_map(kind_of).collect();
    // Some errors repeat their source.
    kinds.dedup();
    kinds.join(": ")
}

fn is_classified(error: &(dyn Error + 'static)) -> bool {
    kind_of(error).is_some()
}

/// The kind of one error, or `None` if its type is unknown.
fn kind_of(error: &(dyn Error + 'static)) -> Option<String> {
    if let Some(Safe(text)) = error.downcast_ref() {
        return Some(text.to_string());
    }
    // `redis` wraps I/O errors like this.
    if let Some(shared) = error.downcast_ref::<Arc<Reason>>() {
        return kind_of(&**shared);
    }
    if let Some(error) = error.downcast_ref::<SourceError>() {
        return Some(error.to_string());
    }
    if let Some(unknown) = error.downcast_ref::<UnknownTier>() {
        // Leaves out the stored value. It is the key if a query returns its columns in the wrong
        // order.
        let expected = unknown.expected().join(", ");
        return Some(format!("the stored tier is not one of: {expected}"));
    }
    if let Some(error) = error.downcast_ref::<io::Error>() {
        return Some(match error.raw_os_error() {
            Some(code) => format!("{} (os error {code})", error.kind()),
            None => error.kind().to_string(),
        });
    }
    #[cfg(feature = "cache")]
    if let Some(error) = error.downcast_ref::<tokio::task::JoinError>() {
        return Some(if error.is_panic() {
            "the source panicked".to_owned()
        } else {
            "the lookup was cancelled".to_owned()
        });
    }
    #[cfg(any(feature = "cache", feature = "sqlx", feature = "redis"))]
    if error.is::<tokio::time::error::Elapsed>() {
        return Some("no response in time".to_owned());
    }
    #[cfg(feature = "sqlx")]
    if let Some(error) = error.downcast_ref::<sqlx::Error>() {
        return Some(kind_in_sqlx(error));
    }
    #[cfg(feature = "redis")]
    if let Some(error) = error.downcast_ref::<redis::RedisError>() {
        // Leaves out the code, because it is the first word of the server's message.
        return Some(format!("Redis error {:?}", error.kind()));
    }
    None
}

#[cfg(feature = "sqlx")]
fn kind_in_sqlx(error: &sqlx::Error) -> String {
    use sqlx::Error as E;

    let kind = match error {
        E::Database(error) => return kind_in_database(error.code().as_deref()),
        E::Configuration(_) => "invalid configuration",
        E::Io(_) => "connection error",
        E::Tls(_) => "TLS error",
        E::Protocol(_) => "protocol error",
        E::RowNotFound => "no row",
        E::TypeNotFound { .. } => "unknown column type",
        E::ColumnIndexOutOfBounds { .. } | E::ColumnNotFound(_) => "missing column",
        E::ColumnDecode { .. } | E::Decode(_) => "the value cannot be decoded",
        E::Encode(_) | E::InvalidArgument(_) => "the argument cannot be encoded",
        E::AnyDriverError(_) => "driver error",
        E::PoolTimedOut => "no connection in time",
        E::PoolClosed => "the pool is closed",
        E::WorkerCrashed => "the connection's worker crashed",
        _ => "sqlx error",
    };
    kind.to_owned()
}

/// Names the code of a database error. An SQLSTATE has five characters, and SQLite's codes have up to
/// four digits. Longer codes are left out.
#[cfg(feature = "sqlx")]
fn kind_in_database(code: Option<&str>) -> String {
    let is_code = |code: &&str| code.len() <= 5 && code.bytes().all(|b| b.is_ascii_alphanumeric());
    match code.filter(is_code) {
        Some(code) => format!("database error, code {code}"),
        None => "database error".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{log, noted, safe};
    use crate::source::SourceError;
    use std::error::Error;
    use std::sync::Arc;
    use std::{fmt, io};

    /// An error that repeats the key in its `Display` and `Debug` output and in its source.
    #[derive(Debug)]
    struct Leaky(#[allow(dead_code)] &'static str, io::Error);

    impl fmt::Display for Leaky {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "GET /{}", self.0)
        }
    }

    impl Error for Leaky {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.1)
        }
    }

    fn leaky() -> Leaky {
        Leaky("s3cret", io::Error::new(io::ErrorKind::TimedOut, "s3cret"))
    }

    #[test]
    fn no_part_of_an_error_shows_the_text_of_its_reason() {
        let type_name = std::any::type_name::<Leaky>();
        let cases = [
            (
                SourceError::unavailable("s3cret"),
                "an error of type `&str`".to_owned(),
            ),
            (
                SourceError::unavailable(leaky()),
                format!("an error of type `{type_name}`: timed out"),
            ),
            (
                SourceError::Unavailable(Arc::new(leaky())),
                "timed out".to_owned(),
            ),
            (
                SourceError::unavailable(SourceError::invalid_tier(io::Error::other("s3cret"))),
                "the stored value is not a tier of this program: other error".to_owned(),
            ),
            (
                SourceError::unavailable(safe("closed")),
                "closed".to_owned(),
            ),
        ];
        for (error, kind) in cases {
            let (SourceError::Unavailable(reason) | SourceError::InvalidTier(reason)) = &error
            else {
                panic!("{error}");
            };
            let is_bare = reason.is::<Leaky>();
            let text = error.to_string();
            assert!(text.ends_with(&format!(": {kind}")), "{text}");
            let logged = log(error.clone(), None);
            for error in [&error, &logged, &log(logged.clone(), None)] {
                assert_eq!(error.to_string(), text);
                assert!(!format!("{error:?} {error:#?}").contains("s3cret"));
                assert!(error.source().is_none());
            }
            // The variant's field is safe too, unless the source created the variant directly.
            if !is_bare {
                assert_eq!(format!("{reason} {reason:?}"), format!("{kind} {kind}"));
            }
        }
    }

    #[test]
    fn the_reason_is_the_sources_own_also_after_it_was_logged() {
        let error = SourceError::unavailable(io::Error::from(io::ErrorKind::TimedOut));
        let kind = |error: &SourceError| {
            let reason = error.reason();
            reason.and_then(|reason| Some(reason.downcast_ref::<io::Error>()?.kind()))
        };
        assert_eq!(kind(&error), Some(io::ErrorKind::TimedOut));
        let logged = log(log(error, None), None);
        assert_eq!(kind(&logged), Some(io::ErrorKind::TimedOut));
        assert!(SourceError::UnknownCaller.reason().is_none());
    }

    #[test]
    fn an_endless_chain_ends() {
        #[derive(Debug)]
        struct Endless;
        impl fmt::Display for Endless {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("endless")
            }
        }
        impl Error for Endless {
            fn source(&self) -> Option<&(dyn Error + 'static)> {
                Some(self)
            }
        }
        assert!(noted(Endless).to_string().ends_with("Endless`"));
    }

    #[cfg(feature = "redis")]
    #[test]
    fn a_refused_connection_to_redis_is_reported_as_one() {
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        let error = SourceError::unavailable(redis::RedisError::from(refused));
        let expected = "the tier source is unavailable: Redis error Io: connection refused";
        assert_eq!(error.to_string(), expected);
    }

    #[cfg(feature = "sqlx")]
    #[test]
    fn only_what_looks_like_a_code_is_reported_as_one() {
        for (code, kind) in [
            (Some("42P01"), "database error, code 42P01"),
            (Some("1"), "database error, code 1"),
            (Some("a-key"), "database error"),
            (Some("longer"), "database error"),
            (None, "database error"),
        ] {
            assert_eq!(super::kind_in_database(code), kind);
        }
    }
}
