//! Describes why a lookup failed, without the error's text.
//!
//! The text of a store's error may contain the key, in any encoding. The description therefore contains
//! only the error's type, kind and codes.

use crate::source::source_error::SourceError;
use crate::tier::UnknownTier;
use std::borrow::Cow;
use std::error::Error;
use std::sync::Arc;
use std::{fmt, io, iter};

pub(crate) type Reason = dyn Error + Send + Sync;

/// The maximum number of errors to inspect in a chain of error sources.
const MAX_CHAIN_LENGTH: usize = 16;

/// A reason that is safe to log, because it contains no text from a store, an error or a request.
#[derive(Debug)]
pub(crate) struct SafeText(Cow<'static, str>);

/// Marks a text as safe to log. The calling code must make sure that the text is safe.
#[cfg_attr(
    not(any(feature = "cache", feature = "sqlx", feature = "redis")),
    allow(dead_code)
)]
pub(crate) fn safe(text: impl Into<Cow<'static, str>>) -> SafeText {
    SafeText(text.into())
}

impl fmt::Display for SafeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for SafeText {}

/// Wraps a reason and displays only the parts that are safe to log. [`SourceError::reason`] returns the
/// reason without this wrapper.
struct SafeReason {
    original: Arc<Reason>,
    type_name: Option<&'static str>,
    /// Whether the reason was logged. Requests that share a lookup must not log the same reason again.
    is_logged: bool,
}

impl fmt::Debug for SafeReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for SafeReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error_kinds = error_kinds(&*self.original);
        match self.type_name {
            Some(type_name) if error_kind(&*self.original).is_none() => {
                write!(f, "an error of type `{type_name}`")?;
                if error_kinds.is_empty() {
                    return Ok(());
                }
                f.write_str(": ")?;
            }
            _ if error_kinds.is_empty() => return f.write_str("an error of unknown type"),
            _ => {}
        }
        f.write_str(&error_kinds)
    }
}

impl Error for SafeReason {}

/// Wraps a reason and records its type's name, because boxing erases the type.
pub(crate) fn with_type_name<R: Into<Box<Reason>>>(reason: R) -> Arc<Reason> {
    Arc::new(SafeReason {
        type_name: Some(std::any::type_name::<R>()),
        original: reason.into().into(),
        is_logged: false,
    })
}

/// Returns the original reason that the source returned, without the [`SafeReason`] wrapper.
pub(super) fn without_wrapper(reason: &Arc<Reason>) -> &(dyn Error + Send + Sync + 'static) {
    match reason.downcast_ref() {
        Some(SafeReason { original, .. }) => &**original,
        None => &**reason,
    }
}

/// Returns the parts of a reason that are safe to log.
pub(super) fn describe_safely(reason: &Arc<Reason>) -> String {
    match reason.downcast_ref::<SafeReason>() {
        Some(safe_reason) => safe_reason.to_string(),
        None => with_log_state(reason, false).to_string(),
    }
}

fn with_log_state(reason: &Arc<Reason>, is_logged: bool) -> SafeReason {
    let wrapped = reason.downcast_ref::<SafeReason>();
    SafeReason {
        original: wrapped.map_or_else(|| reason.clone(), |wrapped| wrapped.original.clone()),
        type_name: wrapped.and_then(|wrapped| wrapped.type_name),
        is_logged,
    }
}

/// Returns whether a reason was logged before.
pub(super) fn is_logged(reason: &Arc<Reason>) -> bool {
    let wrapped = reason.downcast_ref::<SafeReason>();
    wrapped.is_some_and(|wrapped| wrapped.is_logged)
}

/// Returns the same reason, marked as logged.
pub(super) fn into_logged(reason: &Arc<Reason>) -> Arc<Reason> {
    Arc::new(with_log_state(reason, true))
}

/// Lists the kinds of an error and of its sources. Errors whose type [`error_kind`] doesn't know are
/// omitted.
fn error_kinds(error: &(dyn Error + 'static)) -> String {
    let chain = iter::successors(Some(error), |error| (*error).source());
    let mut error_kinds: Vec<String> = chain
        .take(MAX_CHAIN_LENGTH)
        .filter_map(error_kind)
        .collect();
    // Some errors have the same kind as their source, so repeated kinds are removed.
    error_kinds.dedup();
    error_kinds.join(": ")
}

/// Returns the kind of one error, or `None` if this function doesn't know the error's type.
fn error_kind(error: &(dyn Error + 'static)) -> Option<String> {
    if let Some(SafeText(text)) = error.downcast_ref() {
        return Some(text.to_string());
    }
    // The `redis` crate wraps I/O errors in an `Arc`.
    if let Some(shared_error) = error.downcast_ref::<Arc<Reason>>() {
        return error_kind(&**shared_error);
    }
    if let Some(error) = error.downcast_ref::<SourceError>() {
        return Some(error.to_string());
    }
    if let Some(unknown) = error.downcast_ref::<UnknownTier>() {
        // The stored value is omitted, because it is the API key if a query returns its columns in the
        // wrong order.
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
        return Some(sqlx_error_kind(error));
    }
    #[cfg(feature = "redis")]
    if let Some(error) = error.downcast_ref::<redis::RedisError>() {
        // The error's code is omitted, because it is the first word of the server's message, which
        // could be anything.
        return Some(format!("Redis error {:?}", error.kind()));
    }
    None
}

#[cfg(feature = "sqlx")]
fn sqlx_error_kind(error: &sqlx::Error) -> String {
    use sqlx::Error as E;

    let kind = match error {
        E::Database(error) => return database_error_kind(error.code().as_deref()),
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

/// Describes a database error by its code. An SQLSTATE has five characters, and SQLite's codes have up
/// to four digits. Longer codes are omitted.
#[cfg(feature = "sqlx")]
fn database_error_kind(code: Option<&str>) -> String {
    let is_safe_code =
        |code: &&str| code.len() <= 5 && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    match code.filter(is_safe_code) {
        Some(code) => format!("database error, code {code}"),
        None => "database error".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{safe, with_type_name};
    use crate::source::source_error::SourceError;
    use crate::source::source_error::log::log_lookup_error;
    use std::error::Error;
    use std::sync::Arc;
    use std::{fmt, io};

    /// An error that contains the key in its `Display` and `Debug` output and in its source.
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
            let logged = log_lookup_error(error.clone(), None);
            for error in [&error, &logged, &log_lookup_error(logged.clone(), None)] {
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
        let logged = log_lookup_error(log_lookup_error(error, None), None);
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
        assert!(with_type_name(Endless).to_string().ends_with("Endless`"));
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
            assert_eq!(super::database_error_kind(code), kind);
        }
    }
}
