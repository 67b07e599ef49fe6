#[cfg(feature = "_head")]
pub(crate) mod head;

use crate::access::refusal::Refusal;
use crate::route::swar;
use serde::{Serialize, Serializer};
use std::fmt;

/// A refusal as an RFC 9457 problem document, `application/problem+json`.
///
/// | member | value |
/// | --- | --- |
/// | `title`, `status`, `detail` | as in the RFC; `type` is left out, which means `about:blank` |
/// | `instance` | the path of the request. Missing if a handler returns a [`Denied`](crate::Denied) in axum, actix-web or poem and no `on_refusal` replaces the response, because these frameworks convert the error without the request |
/// | `code` | [`Refusal::code`], which is stable and meant for programs |
/// | `endpoint` | the endpoint's name, if the refusal concerns an endpoint |
/// | `required_tier`, `actual_tier` | the names of the tiers, if the caller is known; `actual_tier` only if the caller has a subscription |
/// | `upgrade_url` | where to buy a higher tier, if the application set a link |
///
/// The response has the header `Cache-Control: no-store`, because the next caller of the same path may
/// have another tier. For the same reason, shared caches must not store the responses of gated
/// handlers. If you allow caching, set `private` or name the header that contains the key in `Vary`.
///
/// ```
/// use tiergate::{Guard, Problem, Refusal, requires_tier};
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// #[requires_tier(Plus)]
/// fn export() {}
///
/// let denied = Guard::check(Tier::Free).map(export).unwrap_err();
/// let problem = Problem::new(&Refusal::from(denied)).upgrade_url("https://example.com/plans");
/// let document: serde_json::Value = serde_json::from_str(&problem.to_json())?;
/// assert_eq!(document["code"], "tier_too_low");
/// assert_eq!(document["required_tier"], "Plus");
/// assert_eq!(document["actual_tier"], "Free");
/// assert_eq!(document["upgrade_url"], "https://example.com/plans");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Serialize)]
#[must_use = "a problem is nothing until it is answered with"]
pub struct Problem {
    title: &'static str,
    status: u16,
    detail: Detail,
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<String>,
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    endpoint: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    required_tier: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    actual_tier: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upgrade_url: Option<String>,
    #[serde(skip)]
    retry_after: Option<u64>,
}

impl Problem {
    pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

    /// Without this header, a cached 403 could be served to a caller who has upgraded since.
    pub(crate) const CACHE_CONTROL: &str = "no-store";

    /// Creates the document for a refusal.
    pub fn new(refusal: &Refusal) -> Self {
        let (required_tier, actual_tier) = match refusal {
            Refusal::Denied(denied) => (Some(denied.required()), Some(denied.actual())),
            Refusal::NoSubscription(endpoint) => (endpoint.required(), None),
            // Only a known caller learns which tier is required.
            _ => (None, None),
        };
        Self {
            title: match refusal {
                Refusal::Denied(_) => "A higher subscription tier is required",
                Refusal::UnknownCaller(_) => "The caller is unknown",
                Refusal::MissingLayer(_) => "The server cannot tell who is calling",
                Refusal::NoSubscription(_) => "A subscription is required",
                Refusal::SourceUnavailable { .. } => "The caller's tier cannot be looked up now",
                Refusal::UnreadableTier(_) => "The caller's tier cannot be read",
            },
            status: refusal.status(),
            detail: Detail::Of(*refusal),
            instance: None,
            code: refusal.code(),
            endpoint: Some(refusal.endpoint().name()),
            required_tier,
            actual_tier,
            upgrade_url: None,
            retry_after: refusal.retry_after(),
        }
    }

    /// Creates the document for a path without an endpoint.
    #[cfg(feature = "tower")]
    pub(crate) fn of_path(
        title: &'static str,
        status: u16,
        code: &'static str,
        detail: String,
    ) -> Self {
        Self {
            title,
            status,
            detail: Detail::Text(detail),
            instance: None,
            code,
            endpoint: None,
            required_tier: None,
            actual_tier: None,
            upgrade_url: None,
            retry_after: None,
        }
    }

    /// Sets `instance` to the path of the request.
    pub fn instance(mut self, path: impl Into<String>) -> Self {
        self.instance = Some(path.into());
        self
    }

    /// Sets the link for buying a higher tier. The document contains it only if the caller is known and
    /// the tier is too low or missing.
    pub fn upgrade_url(mut self, url: impl Into<String>) -> Self {
        if self.required_tier.is_some() {
            self.upgrade_url = Some(url.into());
        }
        self
    }

    /// Returns the HTTP status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Returns the value of `WWW-Authenticate`. A 401 must name a scheme. An application that uses
    /// another scheme replaces the header.
    pub(crate) fn challenge(&self) -> Option<&'static str> {
        (self.status == 401).then_some("Bearer")
    }

    /// Returns the value of `Retry-After` in seconds, if the response has this header.
    pub fn retry_after(&self) -> Option<u64> {
        self.retry_after
    }

    /// Returns the document as JSON.
    pub fn to_json(&self) -> String {
        self.json(self.instance.as_deref())
    }

    /// Returns the document as JSON with this path as its `instance`, without storing the path.
    #[cfg(any(feature = "axum", feature = "tower"))]
    pub(crate) fn to_json_at(&self, path: &str) -> String {
        self.json(Some(path))
    }

    fn json(&self, instance: Option<&str>) -> String {
        // Writes the same text as `Serialize`. The crate's own strings need no escaping, and searching
        // them for characters to escape would take most of the time.
        let mut json = Json(String::with_capacity(USUAL_LENGTH));
        json.own("{\"title\":\"");
        json.own(self.title);
        json.own("\",\"status\":");
        json.status(self.status);
        json.member(",\"detail\":\"", |text| {
            // Writing to a `String` can't fail.
            let _ = self.detail.describe(text);
        });
        json.optional(",\"instance\":\"", instance);
        json.own(",\"code\":\"");
        json.own(self.code);
        json.0.push('"');
        json.optional(",\"endpoint\":\"", self.endpoint);
        json.optional(",\"required_tier\":\"", self.required_tier);
        json.optional(",\"actual_tier\":\"", self.actual_tier);
        json.optional(",\"upgrade_url\":\"", self.upgrade_url.as_deref());
        json.0.push('}');
        json.0
    }
}

/// The `detail` member. The text of a refusal is written directly into the document, without an
/// intermediate `String`.
#[derive(Clone)]
enum Detail {
    Of(Refusal),
    #[cfg(feature = "tower")]
    Text(String),
}

impl Detail {
    fn describe(&self, to: &mut impl fmt::Write) -> fmt::Result {
        match self {
            Self::Of(refusal) => refusal.describe(to),
            #[cfg(feature = "tower")]
            Self::Text(text) => to.write_str(text),
        }
    }
}

impl fmt::Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.describe(f)
    }
}

// Prints the text, like a derived implementation for a `String`.
impl fmt::Debug for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_string(), f)
    }
}

impl Serialize for Detail {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A document under construction.
struct Json(String);

impl Json {
    /// Appends a string of this crate, which needs no escaping.
    fn own(&mut self, words: &'static str) {
        self.0.push_str(words);
    }

    /// Appends a status, which always has three digits.
    fn status(&mut self, status: u16) {
        for unit in [100, 10, 1] {
            // The remainder is at most 9, so the sum is an ASCII digit.
            self.0.push((b'0' + (status / unit % 10) as u8) as char);
        }
    }

    /// Appends a member. `key` ends with the quote that opens the value.
    fn member(&mut self, key: &'static str, write: impl FnOnce(&mut String)) {
        self.own(key);
        let start = self.0.len();
        write(&mut self.0);
        let text = &self.0[start..];
        if is_plain(text) {
            self.0.push('"');
        } else {
            // `to_string` adds the quotes. Serializing a string can't fail.
            let escaped = serde_json::to_string(text).unwrap_or_default();
            self.0.truncate(start - 1);
            self.0.push_str(&escaped);
        }
    }

    fn optional(&mut self, key: &'static str, text: Option<&str>) {
        if let Some(text) = text {
            self.member(key, |json| json.push_str(text));
        }
    }
}

/// Returns whether JSON needs no escapes for a text. Checks eight bytes at a time, while `serde_json`
/// checks each byte.
fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (words, rest) = bytes.as_chunks();
    // The last eight bytes, which may overlap the previous word.
    let last = match bytes.last_chunk() {
        Some(&last) => u64::from_le_bytes(last),
        // A shorter text is padded with spaces.
        None => swar::few(rest) | (swar::of(b' ') << (8 * rest.len())),
    };
    let words = words.iter().map(|&word| u64::from_le_bytes(word));
    words.fold(escaped_in(last), |found, word| found | escaped_in(word)) == 0
}

/// Returns a non-zero value if JSON escapes a byte of the word.
fn escaped_in(word: u64) -> u64 {
    swar::found_in(word, b'"') | swar::found_in(word, b'\\') | swar::below(word, b' ')
}

/// The initial capacity. Growing an empty `String` would cost more than writing the document.
const USUAL_LENGTH: usize = 512;

#[cfg(test)]
mod tests {
    use super::Problem;
    use crate as tiergate;
    use crate::access::denied::Denied;
    use crate::access::refusal::tests::every;
    use crate::endpoint::Endpoint;
    use crate::endpoint::record::Record;
    use crate::route::method::Method;

    #[derive(Clone, Copy, tiergate::Tier)]
    #[tier(crate = tiergate)]
    enum Tier {
        #[tier(name = "Free \"of\" <charge>\\")]
        Free,
        Plus,
    }

    static RECORD: Record = Record {
        text: "an \"export\"/export",
        tiers: None,
        line: 0,
        required: 0,
        name: 11,
        path: 7,
        summary: 0,
        method: Method::Get.number(),
    };

    #[test]
    fn a_text_is_plain_if_serde_json_writes_it_as_it_is() {
        for length in 1..=17 {
            for place in 0..length {
                for character in ('\0'..'\u{180}').chain(['\u{2028}', '\u{fffd}', '😀']) {
                    let mut text = vec!['~'; length];
                    text[place] = character;
                    let text: String = text.into_iter().collect();
                    let written = serde_json::to_string(&text).expect("a text");
                    let plain = written == format!("\"{text}\"");
                    assert_eq!(super::is_plain(&text), plain, "{text:?}");
                }
            }
        }
        assert!(super::is_plain(""));
    }

    #[cfg(feature = "openapi")]
    #[test]
    fn every_code_is_listed() {
        let refusals = every(Denied::new(Endpoint(&RECORD), Tier::Plus, Tier::Free));
        let codes: Vec<_> = refusals.iter().map(crate::Refusal::code).collect();
        assert_eq!(codes, crate::Refusal::CODES);
    }

    #[test]
    fn the_document_is_what_serialize_writes() {
        let endpoint = Endpoint(&RECORD);
        let denied = Denied::new(endpoint, Tier::Plus, Tier::Free);
        assert_eq!(
            denied.to_string(),
            "`an \"export\"` (GET /export) requires the tier Plus; the caller has Free \"of\" <charge>\\"
        );
        for refusal in every(denied) {
            let problem = Problem::new(&refusal);
            for problem in [
                problem.clone(),
                problem
                    .instance("/\"\n\u{7}</script>é")
                    .upgrade_url("https://example.com/?a=\"b\"\\"),
            ] {
                let expected = serde_json::to_string(&problem).expect("a document");
                assert_eq!(problem.to_json(), expected);
            }
        }
    }
}
