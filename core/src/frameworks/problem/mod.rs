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
/// | `instance` | the path of the request (not where axum, actix-web or poem answers a [`Denied`](crate::Denied) of the handler's own, unless an `on_refusal` writes it: they make that answer without the request) |
/// | `code` | [`Refusal::code`]: stable, for machines |
/// | `endpoint` | the endpoint's name, if one was meant |
/// | `required_tier`, `actual_tier` | the names of the tiers, if the caller is known; the second only if there is one |
/// | `upgrade_url` | where to buy a higher tier, if the application gave a link |
///
/// As a response of a framework it has `Cache-Control: no-store`, as the next caller of the same path may
/// have another tier. For the same reason, what a gated handler answers to those who may call it is to
/// be kept from caches that are shared: where the application lets it be cached, it says `private`, or
/// names the header with the key in `Vary`.
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

    /// Without it, a 403 could be kept for a caller who has paid since.
    pub(crate) const CACHE_CONTROL: &str = "no-store";

    /// The document for a refusal.
    pub fn new(refusal: &Refusal) -> Self {
        let (required_tier, actual_tier) = match refusal {
            Refusal::Denied(denied) => (Some(denied.required()), Some(denied.actual())),
            Refusal::NoSubscription(endpoint) => (endpoint.required(), None),
            // The tier that would do is told to those who may ask for it only.
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

    /// The document for a path that leads to no endpoint.
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

    /// The path of the request.
    pub fn instance(mut self, path: impl Into<String>) -> Self {
        self.instance = Some(path.into());
        self
    }

    /// Where a higher tier can be bought. Told only to a caller whose tier is too low.
    pub fn upgrade_url(mut self, url: impl Into<String>) -> Self {
        if self.required_tier.is_some() {
            self.upgrade_url = Some(url.into());
        }
        self
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// What `WWW-Authenticate` says. A 401 must name a scheme; an application with another one
    /// replaces the header.
    pub(crate) fn challenge(&self) -> Option<&'static str> {
        (self.status == 401).then_some("Bearer")
    }

    /// The value of `Retry-After`, in seconds, if the answer should have one.
    pub fn retry_after(&self) -> Option<u64> {
        self.retry_after
    }

    /// The document.
    pub fn to_json(&self) -> String {
        self.json(self.instance.as_deref())
    }

    /// The document for a request of this path, which is not kept.
    #[cfg(any(feature = "axum", feature = "tower"))]
    pub(crate) fn to_json_at(&self, path: &str) -> String {
        self.json(Some(path))
    }

    fn json(&self, instance: Option<&str>) -> String {
        // What `Serialize` writes. Our own words have nothing to escape, and looking for it is most
        // of what that costs.
        let mut json = Json(String::with_capacity(USUAL_LENGTH));
        json.own("{\"title\":\"");
        json.own(self.title);
        json.own("\",\"status\":");
        json.status(self.status);
        json.member(",\"detail\":\"", |text| {
            // Writing to a string cannot fail.
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

/// What the `detail` says. Of a refusal it is written where the document is, and not into a text of
/// its own.
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

// The text that it stands for.
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
    /// A part of the program's own, with nothing in it to escape.
    fn own(&mut self, words: &'static str) {
        self.0.push_str(words);
    }

    /// A status has three digits.
    fn status(&mut self, status: u16) {
        for unit in [100, 10, 1] {
            // One of ten, which are ASCII.
            self.0.push((b'0' + (status / unit % 10) as u8) as char);
        }
    }

    /// A member whose key comes with the quote that opens its text.
    fn member(&mut self, key: &'static str, write: impl FnOnce(&mut String)) {
        self.own(key);
        let start = self.0.len();
        write(&mut self.0);
        let text = &self.0[start..];
        if is_plain(text) {
            self.0.push('"');
        } else {
            // With its quotes. A text cannot fail.
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

/// Whether JSON writes a text as it is. A word is looked at at a time, where `serde_json` looks at one
/// byte after the other.
fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (words, rest) = bytes.as_chunks();
    // A last word that some of those before are a part of.
    let last = match bytes.last_chunk() {
        Some(&last) => u64::from_le_bytes(last),
        // With spaces behind it.
        None => swar::few(rest) | (swar::of(b' ') << (8 * rest.len())),
    };
    let words = words.iter().map(|&word| u64::from_le_bytes(word));
    words.fold(escaped_in(last), |found, word| found | escaped_in(word)) == 0
}

/// Not zero if JSON escapes a byte of the word.
fn escaped_in(word: u64) -> u64 {
    swar::found_in(word, b'"') | swar::found_in(word, b'\\') | swar::below(word, b' ')
}

/// A text that grows from nothing costs more than all that is written to it.
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
