//! The rows: which caller gets which response at which endpoint.

use crate::client::Answer;
use serde_json::Value;
use std::collections::BTreeSet;

/// A call, and the response to it.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The endpoint's name. Its path is the same after a slash.
    pub endpoint: &'static str,
    /// The caller's name, see [`caller_named`](super::caller_named).
    pub caller: &'static str,
    /// The status.
    pub status: u16,
    /// The code, or an empty text if the call is allowed.
    pub code: &'static str,
    /// The document's `detail` after the endpoint.
    pub detail: &'static str,
    /// The document's `required_tier`.
    pub required_tier: Option<&'static str>,
    /// The document's `actual_tier`.
    pub actual_tier: Option<&'static str>,
    /// The document's `required_feature`.
    pub required_feature: Option<&'static str>,
    /// The header `Retry-After`.
    pub retry_after: Option<&'static str>,
}

/// The callers, statuses, codes and details if the source fails.
pub const DOWN: (&str, u16, &str, &str) = (
    "down",
    503,
    "tier_source_unavailable",
    "requires a tier; the caller's cannot be looked up now",
);
/// The same for a tier that the program doesn't define.
pub const UNREADABLE: (&str, u16, &str, &str) = (
    "unreadable",
    500,
    "tier_unreadable",
    "requires a tier; the caller's is invalid",
);

const UNKNOWN: &str = "requires a subscription; the caller is unknown";
const NONE: &str = "requires a subscription; the caller has none";
const ENDED: &str = "requires a subscription; the caller's has ended";

const PLUS_FREE: &str = "requires the tier Plus; the caller has Free";
const PLUS_ANONYMOUS: &str = "requires the tier Plus; the anonymous caller has Free";
const PLUS_OR_CAMERA: &str =
    "requires the tier Plus or the add-on Body camera; the caller has Free";
const PRO_PLUS: &str = "requires the tier Pro; the caller has Plus";
const PRO_FREE: &str = "requires the tier Pro; the caller has Free";
const PRO_ANONYMOUS: &str = "requires the tier Pro; the anonymous caller has Free";

/// Every decision about an endpoint's own requirement and its overrides.
pub const ROWS: &[Row] = &[
    // Nothing but the declared tier.
    allowed("free", "free"),
    allowed("free", "anonymous"),
    allowed("free", "pro"),
    allowed("plus", "plus"),
    allowed("plus", "pro"),
    too_low("plus", "free", PLUS_FREE, "Plus", "Free"),
    too_low("pro", "plus", PRO_PLUS, "Pro", "Plus"),
    too_low("plus", "anonymous", PLUS_ANONYMOUS, "Plus", "Free").anonymous(),
    refused("free", "unknown", 401, "unknown_caller", UNKNOWN),
    refused("plus", "unknown", 401, "unknown_caller", UNKNOWN),
    refused("free", "none", 403, "no_subscription", NONE).requiring("Free"),
    refused("plus", "none", 403, "no_subscription", NONE).requiring("Plus"),
    // The end of a subscription.
    allowed("plus", "plus-ending"),
    refused("plus", "plus-ended", 403, "subscription_expired", ENDED).requiring("Plus"),
    refused("free", "plus-ended", 403, "subscription_expired", ENDED).requiring("Free"),
    allowed("plus", "plus-ending-then-free"),
    allowed("free", "plus-then-free"),
    too_low("plus", "plus-then-free", PLUS_FREE, "Plus", "Free"),
    allowed("plus", "free-then-plus"),
    too_low("pro", "free-then-plus", PRO_PLUS, "Pro", "Plus"),
    refused("plus", "anonymous-ended", 401, "unknown_caller", UNKNOWN),
    // A closed endpoint: nobody may call it, whatever other overrides it has.
    closed("closed", "free", None),
    closed("closed", "pro", None),
    closed("closed", "unknown", None),
    closed("closed", "anonymous", None),
    closed("closed", "none", None),
    closed("closed", "plus-ended", None),
    closed("closed", "customer", None),
    closed("closed_until", "free", Some("91")),
    closed("closed_until", "pro", Some("91")),
    allowed("reopened", "plus"),
    too_low("reopened", "free", PLUS_FREE, "Plus", "Free"),
    // An exception for one customer.
    allowed("granted", "customer"),
    allowed("granted", "customer-none"),
    allowed("granted", "customer-ended"),
    allowed("granted", "pro"),
    too_low("granted", "free", PRO_FREE, "Pro", "Free"),
    too_low("granted", "other-customer", PRO_FREE, "Pro", "Free"),
    too_low(
        "granted",
        "customer-anonymous",
        PRO_ANONYMOUS,
        "Pro",
        "Free",
    )
    .anonymous(),
    refused(
        "granted",
        "customer-unknown",
        401,
        "unknown_caller",
        UNKNOWN,
    ),
    too_low("grant_ended", "customer", PRO_FREE, "Pro", "Free"),
    too_low("pro", "customer", PRO_FREE, "Pro", "Free"),
    // Another tier for everyone.
    allowed("promoted", "free"),
    allowed("promoted", "anonymous"),
    allowed("promoted", "plus-then-free"),
    refused("promoted", "unknown", 401, "unknown_caller", UNKNOWN),
    too_low("promotion_ended", "plus", PRO_PLUS, "Pro", "Plus"),
    allowed("promotion_ended", "pro"),
    allowed("raised", "pro"),
    too_low("raised", "plus", PRO_PLUS, "Pro", "Plus"),
    too_low("raised", "anonymous", PRO_ANONYMOUS, "Pro", "Free").anonymous(),
    refused("raised", "unknown", 401, "unknown_caller", UNKNOWN),
    // An exception takes precedence over another tier.
    allowed("raised_granted", "customer"),
    too_low("raised_granted", "free", PRO_FREE, "Pro", "Free"),
    // An observed tier has no effect.
    allowed("observed", "free"),
    allowed("observed", "anonymous"),
    allowed("observed", "pro"),
    refused("observed", "unknown", 401, "unknown_caller", UNKNOWN),
    refused("observed", "none", 403, "no_subscription", NONE).requiring("Free"),
    too_low("observed_lower", "plus", PRO_PLUS, "Pro", "Plus"),
    // A tier and an add-on.
    allowed("and_camera", "plus-camera"),
    allowed("and_camera", "plus-camera-ending"),
    missing("and_camera", "plus"),
    missing("and_camera", "pro"),
    missing("and_camera", "plus-camera-then-pro"),
    too_low("and_camera", "free-camera", PLUS_FREE, "Plus", "Free"),
    too_low(
        "and_camera",
        "anonymous-camera",
        PLUS_ANONYMOUS,
        "Plus",
        "Free",
    )
    .anonymous(),
    refused("and_camera", "none-camera", 403, "no_subscription", NONE).requiring("Plus"),
    refused(
        "and_camera",
        "plus-camera-ended",
        403,
        "subscription_expired",
        ENDED,
    )
    .requiring("Plus"),
    refused(
        "and_camera",
        "unknown-camera",
        401,
        "unknown_caller",
        UNKNOWN,
    ),
    allowed("and_camera_promoted", "free-camera"),
    allowed("and_camera_promoted", "anonymous-camera"),
    missing("and_camera_promoted", "pro"),
    missing("and_camera_promoted", "anonymous").without_credential(),
    // A tier or an add-on.
    allowed("or_camera", "plus"),
    allowed("or_camera", "free-camera"),
    allowed("or_camera", "none-camera"),
    allowed("or_camera", "anonymous-camera"),
    allowed("or_camera", "plus-camera-then-pro"),
    too_low("or_camera", "free", PLUS_OR_CAMERA, "Plus", "Free"),
    too_low("or_camera", "free-maps", PLUS_OR_CAMERA, "Plus", "Free"),
    refused("or_camera", "none", 403, "no_subscription", NONE).requiring("Plus"),
    refused(
        "or_camera",
        "none-camera-ended",
        403,
        "subscription_expired",
        ENDED,
    )
    .requiring("Plus"),
    refused(
        "or_camera",
        "plus-camera-ended",
        403,
        "subscription_expired",
        ENDED,
    )
    .requiring("Plus"),
    refused(
        "or_camera",
        "unknown-camera",
        401,
        "unknown_caller",
        UNKNOWN,
    ),
    allowed("or_camera_raised", "free-camera"),
    allowed("or_camera_raised", "pro"),
    too_low(
        "or_camera_raised",
        "plus",
        "requires the tier Pro or the add-on Body camera; the caller has Plus",
        "Pro",
        "Plus",
    ),
    // Only an add-on.
    allowed("camera", "free-camera"),
    allowed("camera", "none-camera"),
    allowed("camera", "anonymous-camera"),
    allowed("camera", "plus-camera-ending"),
    missing("camera", "pro"),
    missing("camera", "none"),
    missing("camera", "free-maps"),
    missing("camera", "plus-camera-then-pro"),
    missing("camera", "anonymous").without_credential(),
    refused("camera", "unknown-camera", 401, "unknown_caller", UNKNOWN),
    refused(
        "camera",
        "anonymous-camera-ended",
        401,
        "unknown_caller",
        UNKNOWN,
    ),
    refused("camera", "plus-ended", 403, "subscription_expired", ENDED),
    refused(
        "camera",
        "plus-camera-ended",
        403,
        "subscription_expired",
        ENDED,
    ),
    refused(
        "camera",
        "none-camera-ended",
        403,
        "subscription_expired",
        ENDED,
    ),
    allowed("camera_granted", "customer"),
    allowed("camera_granted", "customer-none"),
    missing("camera_granted", "pro"),
    missing("camera_granted", "customer-anonymous").without_credential(),
    allowed("camera_raised", "plus-camera"),
    missing("camera_raised", "plus"),
    too_low("camera_raised", "free-camera", PLUS_FREE, "Plus", "Free"),
    closed("camera_closed", "plus-camera", None),
    closed("camera_closed", "unknown", None),
    // A lower tier for older price lists.
    allowed("versions", "free-version-1"),
    too_low("versions", "free-version-2", PLUS_FREE, "Plus", "Free"),
    allowed("versions", "plus-version-2"),
    allowed("versions", "plus-version-3"),
    too_low("versions", "plus-version-4", PRO_PLUS, "Pro", "Plus"),
    allowed("versions", "pro-version-4"),
    too_low("versions", "plus", PRO_PLUS, "Pro", "Plus"),
    too_low(
        "versions_raised",
        "free-version-1",
        PLUS_FREE,
        "Plus",
        "Free",
    ),
    allowed("versions_raised", "plus"),
    // A lower tier for now.
    allowed("soon", "free"),
    allowed("soon", "plus"),
    allowed("soon", "anonymous"),
    refused("soon", "none", 403, "no_subscription", NONE).requiring("Free"),
    refused("soon", "plus-ended", 403, "subscription_expired", ENDED).requiring("Free"),
    refused("soon", "unknown", 401, "unknown_caller", UNKNOWN),
    allowed("soon_versions", "plus"),
    allowed("soon_versions", "free-version-1"),
    too_low("soon_versions", "free-version-2", PLUS_FREE, "Plus", "Free"),
    allowed("soon_camera", "plus-camera"),
    missing("soon_camera", "pro"),
    too_low("soon_camera", "free-camera", PLUS_FREE, "Plus", "Free"),
];

/// Refusals by the handlers `ask` and `ask_camera`, which require the tier Free. The handlers themselves
/// require Pro or an add-on.
pub const HANDLER_ROWS: &[Row] = &[
    allowed("ask", "pro"),
    too_low("ask", "free", PRO_FREE, "Pro", "Free"),
    too_low("ask", "plus-then-free", PRO_FREE, "Pro", "Free"),
    too_low("ask", "anonymous", PRO_ANONYMOUS, "Pro", "Free").anonymous(),
    allowed("ask_camera", "free-camera"),
    missing("ask_camera", "pro"),
    missing("ask_camera", "free-maps"),
    missing("ask_camera", "plus-camera-then-pro"),
    missing("ask_camera", "anonymous").without_credential(),
    refused(
        "ask_camera",
        "plus-camera-ended",
        403,
        "subscription_expired",
        ENDED,
    )
    .requiring("Free"),
];

/// Returns the names of all callers in the rows.
pub fn callers() -> BTreeSet<&'static str> {
    ROWS.iter().map(|row| row.caller).collect()
}

/// A row for an allowed call.
pub const fn allowed(endpoint: &'static str, caller: &'static str) -> Row {
    refused(endpoint, caller, 200, "", "")
}

/// A row for a refused call.
pub const fn refused(
    endpoint: &'static str,
    caller: &'static str,
    status: u16,
    code: &'static str,
    detail: &'static str,
) -> Row {
    Row {
        endpoint,
        caller,
        status,
        code,
        detail,
        required_tier: None,
        actual_tier: None,
        required_feature: None,
        retry_after: None,
    }
}

const fn too_low(
    endpoint: &'static str,
    caller: &'static str,
    detail: &'static str,
    required: &'static str,
    actual: &'static str,
) -> Row {
    Row {
        required_tier: Some(required),
        actual_tier: Some(actual),
        ..refused(endpoint, caller, 403, "tier_too_low", detail)
    }
}

/// A row for a call that is refused because the caller doesn't have the body camera.
const fn missing(endpoint: &'static str, caller: &'static str) -> Row {
    Row {
        required_feature: Some("body_cam"),
        ..refused(
            endpoint,
            caller,
            403,
            "feature_missing",
            "requires the add-on Body camera; the caller doesn't have it",
        )
    }
}

const fn closed(
    endpoint: &'static str,
    caller: &'static str,
    retry_after: Option<&'static str>,
) -> Row {
    Row {
        retry_after,
        ..refused(
            endpoint,
            caller,
            503,
            "endpoint_closed",
            "is closed for now",
        )
    }
}

impl Row {
    const fn anonymous(mut self) -> Self {
        self.status = 401;
        self
    }

    /// The same as [`missing`] for an anonymous caller.
    const fn without_credential(mut self) -> Self {
        self.detail = "requires the add-on Body camera; the anonymous caller doesn't have it";
        self.anonymous()
    }

    const fn requiring(mut self, tier: &'static str) -> Self {
        self.required_tier = Some(tier);
        self
    }

    /// Returns the path.
    pub fn path(&self) -> String {
        format!("/{}", self.endpoint)
    }

    fn title(&self) -> &'static str {
        match self.code {
            "tier_too_low" => "A higher subscription tier is required",
            "unknown_caller" => "The caller is unknown",
            "missing_layer" => "The server has no authentication layer",
            "no_subscription" => "A subscription is required",
            "tier_source_unavailable" => "The caller's tier cannot be looked up now",
            "tier_unreadable" => "The caller's tier is invalid",
            "subscription_expired" => "The subscription has ended",
            "feature_missing" => "An add-on is required",
            "endpoint_closed" => "The endpoint is closed for now",
            code => panic!("no refusal has the code {code}"),
        }
    }

    /// Returns the whole document.
    fn document(&self) -> String {
        let Self {
            endpoint,
            status,
            code,
            detail,
            ..
        } = self;
        let mut document = format!(
            r#"{{"title":"{}","status":{status},"detail":"`{endpoint}` (GET /{endpoint}) {detail}","instance":"/{endpoint}","code":"{code}","endpoint":"{endpoint}""#,
            self.title(),
        );
        for (member, value) in [
            ("required_tier", self.required_tier),
            ("actual_tier", self.actual_tier),
            ("required_feature", self.required_feature),
        ] {
            if let Some(value) = value {
                document.extend([",\"", member, "\":\"", value, "\""]);
            }
        }
        document + "}"
    }

    /// Compares a response with this row.
    ///
    /// # Panics
    /// If they differ.
    pub fn assert_answer(&self, answer: &Answer) {
        assert_eq!(answer.status, self.status, "{self:?}: {answer:?}");
        let header = |name| answer.headers.get(name).map(String::as_str);
        assert_eq!(header("retry-after"), self.retry_after, "{self:?}");
        let challenge = (self.status == 401).then_some("Bearer");
        assert_eq!(header("www-authenticate"), challenge, "{self:?}");
        if self.status == 200 {
            assert_eq!(
                (answer.body.as_str(), header("cache-control")),
                ("ok", None)
            );
            return;
        }
        assert_eq!(header("content-type"), Some("application/problem+json"));
        assert_eq!(header("cache-control"), Some("no-store"), "{self:?}");
        let expected = self.document();
        // Some frameworks convert the error of a handler into a response without the request.
        let is_without_path = self.endpoint.starts_with("ask")
            && serde_json::from_str::<Value>(&answer.body)
                .is_ok_and(|document| document.get("instance").is_none());
        if is_without_path {
            let member = format!(r#""instance":"/{}","#, self.endpoint);
            assert_eq!(answer.body, expected.replace(&member, ""), "{self:?}");
        } else {
            assert_eq!(answer.body, expected, "{self:?}");
        }
    }
}
