//! Lets a test check that an app serves each endpoint at the endpoint's route in the catalogue.

use crate::catalogue::Catalogue;
use crate::endpoint::Endpoint;
use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::{Method, StatusCode};
use actix_web::test::TestRequest;
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse};
use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the program has ever run an audit. Guards look for an [`AuditProbe`] only after the first
/// audit.
static HAS_AUDITED: AtomicBool = AtomicBool::new(false);

/// Records which guards were reached by a request that the audit sent. The audit puts this probe into
/// the request's extensions. Clients can't set extensions, so they can't imitate the audit.
#[derive(Clone, Default)]
struct AuditProbe(Rc<RefCell<Vec<Endpoint>>>);

/// If the request comes from the audit, records that the request reached this endpoint's guard, and
/// refuses the request.
#[inline]
pub(super) fn intercept_audit(request: &HttpRequest, endpoint: Endpoint) -> Option<Error> {
    if !HAS_AUDITED.load(Ordering::Relaxed) {
        return None;
    }
    let AuditProbe(reached_guards) = request.extensions().get::<AuditProbe>()?.clone();
    reached_guards.borrow_mut().push(endpoint);
    let audit_response = HttpResponse::new(StatusCode::NO_CONTENT);
    Some(InternalError::from_response("found by `audit_mounts`", audit_response).into())
}

/// Values for path parameters. The audit tries each value, because a route may accept only some values.
/// For example, `{id:\d+}` accepts only digits.
const PARAMETER_VALUES: [&str; 5] = [
    "1",
    "a",
    "2000-01-01",
    "00000000-0000-0000-0000-000000000001",
    "a1.b",
];

/// Calls each of the catalogue's gated endpoints in an app, and reports the endpoints whose own guard
/// doesn't respond. The handler of such an endpoint isn't mounted, is mounted in a different
/// `web::scope` than its attribute states, or is hidden by another route.
///
/// Create the app with [`init_service`](actix_web::test::init_service). No handler runs, and the audit
/// needs no credentials. A middleware that responds itself hides the endpoints behind it from the
/// audit. If a route constrains its parameters, the audit tries a few common values. The audit skips
/// public endpoints, which have no guard to respond, and endpoints without a route.
///
/// ```
/// use actix_web::test::init_service;
/// use actix_web::{App, get, web};
/// use tiergate::actix_web::audit_mounts;
/// use tiergate::{Catalogue, requires_tier};
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// #[requires_tier(Plus, prefix = "/v1")]
/// #[get("/units/{id}")]
/// async fn unit(id: web::Path<u32>) -> String {
///     format!("unit {id}")
/// }
///
/// #[derive(Catalogue)]
/// #[catalogue(tier = Tier)]
/// struct Api;
///
/// # ::actix_web::rt::System::new().block_on(async {
/// let app = init_service(App::new().service(web::scope("/v1").service(unit))).await;
/// audit_mounts::<Api, _, _>(&app).await.assert_clean();
///
/// let wrong = init_service(App::new().service(web::scope("/v2").service(unit))).await;
/// let audit = audit_mounts::<Api, _, _>(&wrong).await;
/// assert!(audit.to_string().starts_with("`unit` (GET /v1/units/{id}) at "), "{audit}");
/// # });
/// ```
pub async fn audit_mounts<C, S, B>(app: &S) -> MountAudit
where
    C: Catalogue,
    S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    HAS_AUDITED.store(true, Ordering::Relaxed);
    let mut findings = Vec::new();
    for endpoint in C::endpoints() {
        if endpoint.is_public() {
            continue;
        }
        let Some((method, path)) = endpoint.method().zip(endpoint.path()) else {
            continue;
        };
        let mut finding = None;
        for value in PARAMETER_VALUES {
            let path_with_values = fill_parameters(path, value);
            let (reached_guards, status) = call_guards(app, method, &path_with_values).await;
            if reached_guards.contains(endpoint) {
                finding = None;
                break;
            }
            let reached = reached_guards.first().copied();
            finding.get_or_insert(MountFinding {
                endpoint: *endpoint,
                reached,
                status,
            });
            if !path.contains('{') {
                break;
            }
        }
        findings.extend(finding);
    }
    MountAudit { findings }
}

/// Sends a request to the app. Returns the endpoints whose guards the request reached, and the status
/// of the response.
async fn call_guards<S, B>(app: &S, method: &str, path: &str) -> (Vec<Endpoint>, u16)
where
    S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = Error>,
{
    let probe = AuditProbe::default();
    let method = Method::from_bytes(method.as_bytes()).unwrap_or_default();
    let request = TestRequest::with_uri(path).method(method).to_request();
    request.extensions_mut().insert(probe.clone());
    let status = match app.call(request).await {
        Ok(response) => response.status(),
        Err(error) => error.as_response_error().status_code(),
    };
    (probe.0.take(), status.as_u16())
}

/// Replaces each parameter in a path template with this value.
fn fill_parameters(template: &str, value: &str) -> String {
    let mut path = String::new();
    let mut remaining_template = template;
    while let Some((before, parameter)) = remaining_template.split_once('{') {
        path.push_str(before);
        path.push_str(value);
        remaining_template = parameter.split_once('}').map_or("", |(_, behind)| behind);
    }
    path + remaining_template
}

/// The result of [`audit_mounts`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MountAudit {
    findings: Vec<MountFinding>,
}

/// An endpoint that the app doesn't serve at the endpoint's route in the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MountFinding {
    /// The endpoint that was called.
    pub endpoint: Endpoint,
    /// The endpoint whose guard responded instead, or `None` if no guard responded.
    pub reached: Option<Endpoint>,
    /// The response's status. It is 204 if a guard responded.
    pub status: u16,
}

impl MountAudit {
    /// Returns whether every endpoint's own guard responded.
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    /// Asserts that every endpoint's own guard responded.
    ///
    /// # Panics
    /// Panics if the audit found anything. The message lists all findings.
    #[track_caller]
    pub fn assert_clean(&self) {
        assert!(self.is_clean(), "{self}");
    }

    /// Returns the endpoints whose own guard didn't respond.
    pub fn findings(&self) -> &[MountFinding] {
        &self.findings
    }
}

/// Writes one line for each finding, or `no findings`.
impl fmt::Display for MountAudit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_clean() {
            return f.write_str("no findings");
        }
        for (index, finding) in self.findings.iter().enumerate() {
            let line_break = if index == 0 { "" } else { "\n" };
            write!(f, "{line_break}{finding}")?;
        }
        Ok(())
    }
}

impl fmt::Display for MountFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            endpoint,
            reached,
            status,
        } = self;
        let (file, line) = (endpoint.file(), endpoint.line());
        write!(
            f,
            "{endpoint} at {file}:{line} is not served at its route: "
        )?;
        match reached {
            Some(reached) => write!(f, "{reached} is served instead"),
            None => write!(
                f,
                "the app responded with {status} without calling the guard; if the handler is mounted in a `web::scope`, add the prefix of the scope: `#[requires_tier(…, prefix = \"/v1\")]`"
            ),
        }
    }
}
