//! The problem document, which is the default response to a refusal.

use crate::access::refusal::Refusal;
use serde::Serialize;
use std::fmt::Write;
use std::time::Duration;
#[cfg(feature = "_extractor")]
use {crate::access::caller::Caller, crate::access::check::Resolution};
#[cfg(any(
    feature = "axum",
    feature = "poem",
    feature = "salvo",
    feature = "tower"
))]
use {
    http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
    http::{HeaderMap, HeaderValue, StatusCode},
};

/// A refusal as an RFC 9457 problem document, `application/problem+json`.
///
/// | member | value |
/// | --- | --- |
/// | `title`, `status`, `detail` | as defined in the RFC; most documents omit `type`, which means `about:blank` |
/// | `instance` | the request's path. Missing in axum, actix-web and poem if a handler returns a [`Denied`](crate::Denied) and no `on_refusal` replaces the response, because these frameworks convert the error without the request |
/// | `code` | a stable code that programs can compare: [`Refusal::code`] |
/// | `endpoint` | the endpoint's name, if the refusal concerns an endpoint |
/// | `required_tier`, `actual_tier` | the names of the tiers, if the caller is known or anonymous; without a subscription, `actual_tier` is missing |
/// | `required_feature` | the key of the missing add-on |
/// | `type`, `violated-policies` | for `quota_exceeded`: the problem type of [draft-ietf-httpapi-ratelimit-headers-11](https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-11#section-5.1), and the names of the violated policies |
/// | `upgrade_url` | the link for buying a higher tier or an add-on, if the application set one |
///
/// The response has the header `Cache-Control: no-store`, because the next caller of the same path may
/// have another tier. For the same reason, shared caches must not store a gated handler's responses. If
/// you allow caching, set `Cache-Control: private`, or add the name of the header that contains the key
/// to `Vary`.
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
#[must_use = "a problem document has no effect until it is sent as the response"]
pub struct Problem {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    problem_type: Option<&'static str>,
    title: &'static str,
    status: u16,
    detail: String,
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
    required_feature: Option<&'static str>,
    #[serde(rename = "violated-policies", skip_serializing_if = "Vec::is_empty")]
    violated_policies: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upgrade_url: Option<String>,
    #[serde(skip)]
    retry_after: Option<Duration>,
}

impl Problem {
    pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

    /// The problem type of the current draft. It isn't registered yet.
    const QUOTA_EXCEEDED: &str = "https://iana.org/assignments/http-problem-types#quota-exceeded";

    /// Without this header, a cache could send an old 403 to a caller who has upgraded in the meantime.
    pub(crate) const CACHE_CONTROL: &str = "no-store";

    /// Creates the document for a refusal.
    pub fn new(refusal: &Refusal) -> Self {
        let (required_tier, actual_tier) = match refusal {
            Refusal::Denied(denied) => (Some(denied.required_tier()), Some(denied.actual_tier())),
            Refusal::NoSubscription(endpoint) | Refusal::SubscriptionExpired(endpoint) => {
                // A tier that isn't enforced yet must not change the response.
                let enforced_tier = endpoint.need().and_then(|need| need.enforced_tier());
                (enforced_tier.or_else(|| endpoint.required_tier()), None)
            }
            // An unknown caller doesn't learn which tier is required.
            _ => (None, None),
        };
        // Without this capacity, growing the string would take longer than writing the text.
        let mut detail = String::with_capacity(USUAL_LENGTH / 4);
        // Writing to a string can't fail.
        let _ = write!(detail, "{refusal}");
        let violated_policies = match refusal {
            Refusal::QuotaExceeded { violated, .. } => {
                violated.iter().map(|name| name.to_string()).collect()
            }
            _ => Vec::new(),
        };
        Self {
            problem_type: matches!(refusal, Refusal::QuotaExceeded { .. })
                .then_some(Self::QUOTA_EXCEEDED),
            title: match refusal {
                Refusal::Denied(_) => "A higher subscription tier is required",
                Refusal::UnknownCaller(_) => "The caller is unknown",
                Refusal::MissingLayer(_) => "The server has no authentication layer",
                Refusal::NoSubscription(_) => "A subscription is required",
                Refusal::SourceUnavailable { .. } => "The caller's tier cannot be looked up now",
                Refusal::UnreadableTier(_) => "The caller's tier is invalid",
                Refusal::SubscriptionExpired(_) => "The subscription has ended",
                Refusal::FeatureMissing(_) => "An add-on is required",
                Refusal::EndpointClosed { .. } => "The endpoint is closed for now",
                Refusal::QuotaExceeded { .. } => "The quota is used up",
                Refusal::MissingQuotaLayer(_) => "The server can't enforce a limit",
                Refusal::QuotaStoreUnavailable { .. } => {
                    "The caller's quota cannot be looked up now"
                }
            },
            status: refusal.status(),
            detail,
            instance: None,
            code: refusal.code(),
            endpoint: Some(refusal.endpoint().name()),
            required_tier,
            actual_tier,
            required_feature: match refusal {
                Refusal::FeatureMissing(missing) => Some(missing.key()),
                _ => None,
            },
            violated_policies,
            upgrade_url: None,
            retry_after: refusal.retry_after(),
        }
    }

    /// Creates the document for a refusal that concerns no particular endpoint.
    pub(crate) fn without_endpoint(
        title: &'static str,
        status: u16,
        code: &'static str,
        detail: String,
    ) -> Self {
        Self {
            problem_type: None,
            title,
            status,
            detail,
            instance: None,
            code,
            endpoint: None,
            required_tier: None,
            actual_tier: None,
            required_feature: None,
            violated_policies: Vec::new(),
            upgrade_url: None,
            retry_after: None,
        }
    }

    /// Sets `instance` to the path of the request.
    pub fn instance(mut self, path: impl Into<String>) -> Self {
        self.instance = Some(path.into());
        self
    }

    /// Sets the link for buying a higher tier or an add-on. The document contains the link only if the
    /// caller is known and lacks a tier or an add-on.
    pub fn upgrade_url(mut self, url: impl Into<String>) -> Self {
        if self.required_tier.is_some() || self.required_feature.is_some() {
            self.upgrade_url = Some(url.into());
        }
        self
    }

    /// Returns the HTTP status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Returns the value of the header `WWW-Authenticate`, which every 401 response must have. An
    /// application that uses a different scheme than `Bearer` replaces the header.
    pub(crate) fn challenge(&self) -> Option<&'static str> {
        (self.status == 401).then_some("Bearer")
    }

    /// Returns how long the caller should wait before retrying, in whole seconds. The response sends
    /// this number in its `Retry-After` header.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Returns the document as JSON.
    pub fn to_json(&self) -> String {
        // `serde_json::to_string` would write the same document. However, it would look for characters
        // to escape, which would take most of the time of a refusal. The crate's own texts contain no
        // such characters.
        let mut json = String::with_capacity(USUAL_LENGTH);
        json.push('{');
        if let Some(problem_type) = self.problem_type {
            json.push_str("\"type\":\"");
            json.push_str(problem_type);
            json.push_str("\",");
        }
        json.push_str("\"title\":\"");
        json.push_str(self.title);
        json.push_str("\",\"status\":");
        json.push_str(&self.status.to_string());
        push_text(&mut json, ",\"detail\":", Some(&self.detail));
        push_text(&mut json, ",\"instance\":", self.instance.as_deref());
        json.push_str(",\"code\":\"");
        json.push_str(self.code);
        json.push('"');
        push_text(&mut json, ",\"endpoint\":", self.endpoint);
        push_text(&mut json, ",\"required_tier\":", self.required_tier);
        push_text(&mut json, ",\"actual_tier\":", self.actual_tier);
        push_text(&mut json, ",\"required_feature\":", self.required_feature);
        let mut separator = ",\"violated-policies\":[";
        for name in &self.violated_policies {
            push_text(&mut json, separator, Some(name));
            separator = ",";
        }
        if !self.violated_policies.is_empty() {
            json.push(']');
        }
        push_text(&mut json, ",\"upgrade_url\":", self.upgrade_url.as_deref());
        json.push('}');
        json
    }

    /// Inserts the response headers and returns the status.
    #[cfg(any(
        feature = "axum",
        feature = "poem",
        feature = "salvo",
        feature = "tower"
    ))]
    pub(crate) fn insert_headers(&self, headers: &mut HeaderMap) -> StatusCode {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(Self::MEDIA_TYPE));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(Self::CACHE_CONTROL));
        if let Some(scheme) = self.challenge() {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(scheme));
        }
        if let Some(wait) = self.retry_after() {
            headers.insert(RETRY_AFTER, HeaderValue::from(wait.as_secs()));
        }
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Returns the caller for a handler that extracts a [`Caller`]. Logs and counts a failure.
    ///
    /// # Errors
    /// If no caller was identified, returns the problem document for the response.
    #[cfg(feature = "_extractor")]
    pub(crate) fn or_caller<T>(
        resolution: Resolution<Caller<T>>,
        advice: &str,
    ) -> Result<Caller<T>, Box<Self>> {
        let (title, status, code, retry_after) = match resolution {
            Resolution::Caller(caller) => return Ok(caller),
            #[cfg(feature = "source")]
            Resolution::SourceUnavailable { retry_after } => (
                "The caller's tier cannot be looked up now",
                503,
                "tier_source_unavailable",
                Some(crate::access::refusal::whole_seconds(retry_after)),
            ),
            #[cfg(feature = "source")]
            Resolution::UnreadableTier => {
                ("The caller's tier is invalid", 500, "tier_unreadable", None)
            }
            Resolution::MissingLayer => {
                tracing::error!(
                    "a handler extracts the caller, but the request contains no `tiergate::Caller` of its tier enum; {advice}"
                );
                (
                    "The server has no authentication layer",
                    500,
                    "missing_layer",
                    None,
                )
            }
        };
        crate::access::telemetry::report_without_endpoint(code, None);
        let detail = "The handler needs to know the caller.".to_owned();
        Err(Box::new(Self {
            retry_after,
            ..Self::without_endpoint(title, status, code, detail)
        }))
    }
}

/// The initial capacity of a document, which is large enough for most documents.
const USUAL_LENGTH: usize = 512;

/// Appends a member to a JSON object if `value` is present. `name` is the member's quoted name, with
/// the comma before it and the colon after it.
fn push_text(json: &mut String, name: &str, value: Option<&str>) {
    let Some(value) = value else { return };
    json.push_str(name);
    // Checks every byte instead of stopping early, because the compiler turns a loop without an exit
    // into vector instructions.
    let is_escaped = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
    if value
        .bytes()
        .fold(false, |found, byte| found | is_escaped(byte))
    {
        // Serializing a string can't fail.
        json.push_str(&serde_json::to_string(value).unwrap_or_default());
    } else {
        json.push('"');
        json.push_str(value);
        json.push('"');
    }
}

#[cfg(test)]
mod tests {
    use super::Problem;
    use crate as tiergate;
    use crate::access::caller::Permit;
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
    }

    const PERMIT: Permit<Tier> = Permit {
        tier: Tier::Free,
        features: 0,
        is_anonymous: false,
    };

    static RECORD: Record = Record {
        text: "an \"export\"/export",
        name: 11,
        path: 7,
        method: Method::Get.number(),
        ..Record::PLAIN
    };

    #[cfg(feature = "openapi")]
    #[test]
    fn every_code_is_listed() {
        let refusals = every(Denied::requiring(Endpoint(&RECORD), Tier::Free, PERMIT));
        let codes: Vec<_> = refusals.iter().map(crate::Refusal::code).collect();
        assert_eq!(codes, crate::Refusal::CODES);
    }

    #[test]
    fn the_document_is_the_same_as_that_of_serde_json() {
        for refusal in every(Denied::requiring(Endpoint(&RECORD), Tier::Free, PERMIT)) {
            let problem = Problem::new(&refusal);
            let with_texts = problem.clone().instance("/\"\n\u{7}</script>é");
            for problem in [
                problem,
                with_texts.upgrade_url("https://example.com/?a=\"b\"\\"),
            ] {
                let expected = serde_json::to_string(&problem).expect("a document");
                assert_eq!(problem.to_json(), expected);
            }
        }
    }

    #[test]
    fn texts_are_escaped() {
        let denied = Denied::requiring(Endpoint(&RECORD), Tier::Free, PERMIT);
        let problem = Problem::new(&denied.into()).instance("/\"\n\u{7}</script>é");
        let json: serde_json::Value = serde_json::from_str(&problem.to_json()).expect("JSON");
        assert_eq!(json["instance"], "/\"\n\u{7}</script>é");
        assert_eq!(json["actual_tier"], "Free \"of\" <charge>\\");
        assert_eq!(json["detail"], denied.to_string());
    }
}
