use crate::source::api_key::ApiKey;
use crate::source::source_error::SourceError;
use http::HeaderName;
use http::header::{AUTHORIZATION, COOKIE};
use http::request::Parts;
use percent_encoding::percent_decode_str;
use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// The maximum length of a key, in bytes. Longer keys are rejected without a lookup.
const MAX_KEY_LENGTH: usize = 8 * 1024;

type ExtractedKey = Result<Option<ApiKey>, SourceError>;
type ExtractKey =
    dyn Fn(&Parts) -> Pin<Box<dyn Future<Output = ExtractedKey> + Send>> + Send + Sync;

/// The place in a request that contains the API key, such as a header.
///
/// A key is invalid if it is empty, is longer than 8 KiB, isn't valid text, or contains a zero byte.
/// The same rules apply to the id in [`ApiKey::claimed_id`]. If this place contains an invalid key or
/// two keys, the caller is unknown. The request is never treated as if it contained no key.
#[derive(Clone)]
pub struct Credential(Place);

#[derive(Clone)]
enum Place {
    Bearer,
    Header(HeaderName),
    Query(Arc<str>),
    Cookie(Arc<str>),
    Extension,
    Function(Arc<ExtractKey>),
}

impl Credential {
    /// The header `Authorization: Bearer KEY`. Other authentication schemes are ignored.
    pub fn bearer() -> Self {
        Self(Place::Bearer)
    }

    /// A header with this lower-case name, such as `x-api-key`.
    ///
    /// # Panics
    /// If `name` isn't a valid header name, or contains upper-case letters.
    pub fn header(name: &'static str) -> Self {
        Self(Place::Header(HeaderName::from_static(name)))
    }

    /// A query parameter. Prefer a header, because servers, proxies and tracing layers usually log
    /// URLs. This crate logs no URLs and never echoes a query in a response.
    pub fn query(name: impl Into<Arc<str>>) -> Self {
        Self(Place::Query(name.into()))
    }

    /// A cookie with this name.
    pub fn cookie(name: impl Into<Arc<str>>) -> Self {
        Self(Place::Cookie(name.into()))
    }

    /// An [`ApiKey`] that your own layer inserted into the request's extensions. Use it if the key is
    /// in the body or is made up of several parts. It doesn't work in actix-web and rocket,
    /// because their requests have a different type of extensions.
    pub fn extension() -> Self {
        Self(Place::Extension)
    }

    /// A key that your own function extracts. The function reads the request's head and returns a
    /// future. The future can perform further lookups, such as reading a session, and returns `None` if
    /// the request contains no credential.
    ///
    /// With the `axum` or `tower` feature, the function gets the URI that the client sent, even in a
    /// nested axum router.
    ///
    /// Prefer a header to a key in the path, because the path appears wherever URLs are logged, and in
    /// the `instance` member of the problem document that the client receives.
    ///
    /// ```
    /// use tiergate::source::{ApiKey, Credential, SourceError};
    ///
    /// let credential = Credential::function(|request| {
    ///     let client = request.extensions.get::<String>().cloned();
    ///     async move { Ok(client.map(ApiKey::new)) }
    /// });
    /// ```
    pub fn function<F, A>(find: F) -> Self
    where
        F: Fn(&Parts) -> A + Send + Sync + 'static,
        A: Future<Output = Result<Option<ApiKey>, SourceError>> + Send + 'static,
    {
        Self(Place::Function(Arc::new(move |parts| {
            Box::pin(find(parts))
        })))
    }

    /// Returns whether a function that the application supplies extracts the key.
    #[cfg(any(feature = "axum", feature = "tower"))]
    pub(super) fn is_function(&self) -> bool {
        matches!(self.0, Place::Function(_))
    }

    /// Extracts the key from a request. Returns `None` if this place contains no key.
    ///
    /// # Errors
    /// Returns [`UnknownCaller`](SourceError::UnknownCaller) if the key is invalid, or the error that
    /// your own function returns.
    pub async fn find(&self, parts: &Parts) -> Result<Option<ApiKey>, SourceError> {
        match &self.0 {
            Place::Bearer => only_key(bearer_tokens(parts)),
            Place::Header(name) => only_key(
                parts
                    .headers
                    .get_all(name)
                    .iter()
                    .map(|value| value.to_str().map_err(|_| SourceError::UnknownCaller)),
            ),
            Place::Query(name) => match query_parameters(parts, name) {
                Ok(values) => only_key(values.iter().map(|value| Ok(value.as_str()))),
                Err(error) => Err(error),
            },
            Place::Cookie(name) => only_key(cookies(parts, name)),
            Place::Extension => validated(parts.extensions.get::<ApiKey>().cloned()),
            Place::Function(extract_key) => validated(extract_key(parts).await?),
        }
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Place::Bearer => f.write_str("bearer"),
            Place::Header(name) => write!(f, "header {name}"),
            Place::Query(name) => write!(f, "query {name:?}"),
            Place::Cookie(name) => write!(f, "cookie {name:?}"),
            Place::Extension => f.write_str("extension"),
            Place::Function(_) => f.write_str("function"),
        }
    }
}

/// Returns the only key. Two keys are an error, because either key could be the intended one.
fn only_key<'a>(
    mut keys_in_request: impl Iterator<Item = Result<&'a str, SourceError>>,
) -> ExtractedKey {
    let Some(first_key) = keys_in_request.next() else {
        return Ok(None);
    };
    let key = first_key?;
    if !is_valid_key(key) || keys_in_request.next().is_some() {
        return Err(SourceError::UnknownCaller);
    }
    Ok(Some(ApiKey::new(key)))
}

/// Validates a key that the application created.
fn validated(key: Option<ApiKey>) -> ExtractedKey {
    match key {
        Some(key) if !(is_valid_key(key.expose()) && key.claimed_id().is_none_or(is_valid_key)) => {
            Err(SourceError::UnknownCaller)
        }
        key => Ok(key),
    }
}

/// Returns whether a text is a valid key. A key with a zero byte isn't valid: some stores fail to look
/// up such a key, which would look like an outage.
fn is_valid_key(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_KEY_LENGTH && !text.contains('\0')
}

fn bearer_tokens(parts: &Parts) -> impl Iterator<Item = Result<&str, SourceError>> {
    parts
        .headers
        .get_all(AUTHORIZATION)
        .iter()
        .filter_map(|value| {
            let value = value.as_bytes();
            let (scheme, key) = value.split_at_checked(6)?;
            let after_scheme = key.first().copied();
            if !scheme.eq_ignore_ascii_case(b"bearer")
                || after_scheme.is_some_and(is_scheme_character)
            {
                return None;
            }
            // Everything after the scheme `Bearer` is the key. A malformed key is an error.
            let key = match after_scheme {
                None | Some(b' ') => str::from_utf8(key).map(str::trim).ok(),
                Some(_) => None,
            };
            Some(key.ok_or(SourceError::UnknownCaller))
        })
}

/// Returns whether RFC 9110 allows a byte in an authentication scheme's name.
fn is_scheme_character(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn query_parameters(parts: &Parts, name: &str) -> Result<Vec<String>, SourceError> {
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        percent_decode_str(&text)
            .decode_utf8()
            .map(Cow::into_owned)
            .map_err(|_| SourceError::UnknownCaller)
    };
    parts
        .uri
        .query()
        .unwrap_or_default()
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        // Parameters with other names may contain invalid text, which must not make the request fail.
        .filter(|(parameter, _)| decode(parameter).is_ok_and(|parameter| parameter == name))
        .map(|(_, value)| decode(value))
        .collect()
}

fn cookies<'a>(
    parts: &'a Parts,
    name: &'a str,
) -> impl Iterator<Item = Result<&'a str, SourceError>> {
    // Other cookies may contain invalid text, so the header is split as bytes instead of as a `str`.
    let headers = parts.headers.get_all(COOKIE).iter();
    headers
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b';'))
        .map(<[u8]>::trim_ascii)
        .filter_map(move |cookie| cookie.strip_prefix(name.as_bytes())?.strip_prefix(b"="))
        .map(|value| str::from_utf8(value).map_err(|_| SourceError::UnknownCaller))
}

#[cfg(test)]
mod tests {
    use super::{ApiKey, Credential};
    use crate::source::source_error::SourceError;
    use http::Request;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    /// Extracts the key from a request with this path and these headers.
    fn find(
        credential: &Credential,
        path: &str,
        headers: &[(&str, &[u8])],
    ) -> Result<Option<String>, &'static str> {
        let mut request = Request::get(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let mut context = Context::from_waker(Waker::noop());
        let found = match pin!(credential.find(&parts)).poll(&mut context) {
            Poll::Ready(found) => found,
            Poll::Pending => panic!("nothing is waited for"),
        };
        match found {
            Ok(key) => Ok(key.map(|key| key.expose().to_owned())),
            Err(SourceError::UnknownCaller) => Err("unknown"),
            Err(error) => panic!("{error}"),
        }
    }

    #[allow(clippy::unnecessary_wraps)]
    fn some(key: &str) -> Result<Option<String>, &'static str> {
        Ok(Some(key.to_owned()))
    }

    #[test]
    fn a_bearer_token() {
        let bearer = |values: &[&[u8]]| {
            let headers: Vec<_> = values
                .iter()
                .map(|value| ("authorization", *value))
                .collect();
            find(&Credential::bearer(), "/", &headers)
        };
        assert_eq!(bearer(&[b"Bearer a-key"]), some("a-key"));
        assert_eq!(bearer(&[b"bEARER   a-key "]), some("a-key"));
        assert_eq!(bearer(&[]), Ok(None));
        assert_eq!(bearer(&[b"Basic YTpi"]), Ok(None));
        assert_eq!(bearer(&[b"Bearers a-key"]), Ok(None));
        assert_eq!(bearer(&[b"Basic YTpi", b"Bearer a-key"]), some("a-key"));
        assert_eq!(bearer(&[b"Bearer"]), Err("unknown"));
        assert_eq!(bearer(&[b"Bearer "]), Err("unknown"));
        assert_eq!(bearer(&[b"Bearer \xff"]), Err("unknown"));
        assert_eq!(bearer(&[b"Bearer\ta-key"]), Err("unknown"));
        assert_eq!(bearer(&[b"Bearer,a-key"]), Err("unknown"));
        assert_eq!(bearer(&[b"Bearer\xff"]), Err("unknown"));
        assert_eq!(bearer(&[b"Bearer-like a-key"]), Ok(None));
        assert_eq!(bearer(&[b"Bearer a", b"Bearer b"]), Err("unknown"));
        let long = [b"Bearer ".as_slice(), &[b'k'; 9000]].concat();
        assert_eq!(bearer(&[&long]), Err("unknown"));
    }

    #[test]
    fn a_header() {
        let header = |values: &[&[u8]]| {
            let headers: Vec<_> = values.iter().map(|value| ("X-Api-Key", *value)).collect();
            find(&Credential::header("x-api-key"), "/", &headers)
        };
        assert_eq!(header(&[b"a-key"]), some("a-key"));
        assert_eq!(header(&[]), Ok(None));
        assert_eq!(header(&[b""]), Err("unknown"));
        assert_eq!(header(&[b"\xff"]), Err("unknown"));
        assert_eq!(header(&[b"a", b"a"]), Err("unknown"));
    }

    #[test]
    fn a_query_parameter() {
        let query = |query: &str| find(&Credential::query("key"), &format!("/x{query}"), &[]);
        assert_eq!(query("?key=a-key"), some("a-key"));
        assert_eq!(query("?a=%ff&key=a%20%2Bb+c&b"), some("a +b c"));
        assert_eq!(query("?%6bey=a"), some("a"));
        assert_eq!(query(""), Ok(None));
        assert_eq!(query("?keys=a&akey=b"), Ok(None));
        assert_eq!(query("?key"), Err("unknown"));
        assert_eq!(query("?key=%ff"), Err("unknown"));
        assert_eq!(query("?key=a%00"), Err("unknown"));
        assert_eq!(query("?key=a&key=b"), Err("unknown"));
    }

    /// Extracts a key in two ways, from the request's extensions and with a function. Asserts that the
    /// two results are the same.
    fn find_whole(key: Option<ApiKey>) -> Result<Option<ApiKey>, &'static str> {
        let mut request = Request::new(());
        if let Some(key) = key.clone() {
            request.extensions_mut().insert(key);
        }
        let (parts, ()) = request.into_parts();
        let function = Credential::function(move |_| std::future::ready(Ok(key.clone())));
        let mut context = Context::from_waker(Waker::noop());
        let mut found = [Credential::extension(), function].map(|credential| {
            match pin!(credential.find(&parts)).poll(&mut context) {
                Poll::Ready(found) => found.map_err(|_| "unknown"),
                Poll::Pending => panic!("nothing is waited for"),
            }
        });
        let [extension, function] = &found;
        assert_eq!(format!("{extension:?}"), format!("{function:?}"));
        std::mem::replace(&mut found[0], Ok(None))
    }

    #[test]
    fn a_key_that_was_put_together_elsewhere() {
        assert!(matches!(find_whole(None), Ok(None)));
        let key = ApiKey::new("a-key");
        assert!(matches!(find_whole(Some(key.clone())), Ok(Some(key)) if key.expose() == "a-key"));
        assert!(find_whole(Some(key.clone().with_claimed_id("customer-7"))).is_ok());
        let long = "k".repeat(9000);
        for wrong in ["", "a\0", &long] {
            assert!(find_whole(Some(ApiKey::new(wrong))).is_err(), "{wrong:?}");
            let claimed = key.clone().with_claimed_id(wrong);
            assert!(find_whole(Some(claimed)).is_err(), "id {wrong:?}");
        }
    }

    #[test]
    fn a_cookie() {
        let cookie = |values: &[&[u8]]| {
            let headers: Vec<_> = values.iter().map(|value| ("cookie", *value)).collect();
            find(&Credential::cookie("key"), "/", &headers)
        };
        assert_eq!(cookie(&[b"a=b; key=a=key;c=\xff"]), some("a=key"));
        assert_eq!(cookie(&[b"a=b", b"key=a-key"]), some("a-key"));
        assert_eq!(cookie(&[b"xkey=a; keys=b"]), Ok(None));
        assert_eq!(cookie(&[b"key="]), Err("unknown"));
        assert_eq!(cookie(&[b"key=\xff"]), Err("unknown"));
        assert_eq!(cookie(&[b"key=a; key=b"]), Err("unknown"));
    }
}
