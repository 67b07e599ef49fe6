//! Checks emit events, span fields and counters, and none of them contains the key.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use sqlx::sqlite::SqlitePoolOptions;
use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};
use tiergate::axum::on_refusal;
use tiergate::source::{ApiKey, SourceError, SqlSource, TierSource, guard};
use tiergate::{
    Cached, Caller, Catalogue, DecisionFilter, Denied, Event, Guard, Override, Overrides,
    TierLayer, Watch, requires_tier, set_decision_sink,
};
use tiergate_tests_sources::Tier;
use tiergate_tests_sources::notes::{Notes, alone};
use tower::{Layer, ServiceExt, service_fn};
use tracing::Instrument;

#[requires_tier(Plus, get = "/export")]
async fn export() {}

#[requires_tier(Free, get = "/ask", guard = pass)]
async fn ask() -> Result<(), Denied> {
    pass.require(Tier::Pro)
}

#[requires_tier(Plus, get = "/live", guard = pass)]
async fn live() {
    pass.watch().revoked().await;
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, state = (), handlers(export, ask, live))]
struct Api;

struct Source;

impl TierSource for Source {
    type Tier = Tier;

    async fn find(&self, key: &ApiKey) -> Result<Caller<Tier>, SourceError> {
        match key.expose() {
            "secret-plus" => Ok(Caller::new(Tier::Plus).with_id("customer-7")),
            "secret-free" => Ok(Caller::new(Tier::Free).with_id("customer-8")),
            "secret-nameless" => Ok(Caller::new(Tier::Free)),
            "secret-down" => Err(SourceError::unavailable(io::Error::from(
                io::ErrorKind::ConnectionRefused,
            ))),
            "secret-gold" => Err(SourceError::from("Gold".parse::<Tier>().unwrap_err())),
            _ => Err(SourceError::UnknownCaller),
        }
    }
}

const KEYS: [&str; 6] = [
    "secret-plus",
    "secret-free",
    "secret-nameless",
    "secret-down",
    "secret-gold",
    "secret-of-nobody",
];

async fn call_with_every_key() {
    let app = Api::router().layer(TierLayer::new(Cached::new(Source)));
    for key in KEYS {
        let request = Request::get("/export")
            .header("authorization", format!("Bearer {key}"))
            .body(Body::empty())
            .expect("a request");
        let span = tracing::info_span!(
            "request",
            tiergate.endpoint = tracing::field::Empty,
            tiergate.tier = tracing::field::Empty,
            tiergate.caller = tracing::field::Empty
        );
        app.clone()
            .oneshot(request)
            .instrument(span)
            .await
            .expect("an answer");
    }
}

#[test]
fn a_call_that_an_observed_tier_would_refuse_emits_an_event() {
    let notes = Notes::of(async {
        let overrides = Overrides::of::<Api>();
        let in_an_hour = SystemTime::now() + Duration::from_hours(1);
        let observed = Override::observe("export", Tier::Pro).until(in_an_hour);
        overrides.replace(1, [observed]).expect("valid overrides");
        let tiers = TierLayer::new(Source).overrides(&overrides);
        let app = Api::router().layer(tiers);
        for (key, status) in [("secret-plus", 200), ("secret-free", 403)] {
            let request = Request::get("/export").header("authorization", format!("Bearer {key}"));
            let request = request.body(Body::empty()).expect("a request");
            let response = app.clone().oneshot(request).await.expect("an answer");
            assert_eq!(response.status(), status);
        }
    });
    let shadows = notes
        .iter()
        .filter(|note| note.contains("would be refused"));
    let expected = "INFO message=would be refused endpoint=\"export\" required=\"Pro\" \
                    actual=\"Plus\" caller=\"customer-7\" code=\"tier_too_low\"";
    // The refused call isn't reported as a call that would be refused.
    assert_eq!(shadows.collect::<Vec<_>>(), [expected], "{notes:#?}");
}

#[test]
fn each_refusal_emits_one_event_without_the_key() {
    let notes = Notes::of(call_with_every_key()).join("\n");
    println!("{notes}");
    assert!(!notes.contains("secret"), "{notes}");
    let refused = notes
        .lines()
        .filter(|line| line.contains("message=refused"));
    assert_eq!(refused.count(), 5);
    for expected in [
        "INFO message=refused endpoint=\"export\" required=\"Plus\" actual=\"Free\" caller=\"customer-8\" code=\"tier_too_low\"",
        "span tiergate.tier=\"Plus\"",
        "span tiergate.caller=\"customer-7\"",
        "span tiergate.endpoint=\"export\"",
        "WARN message=the lookup of a caller's tier failed: the tier source is unavailable: connection refused caller=\"key:",
        "ERROR message=the stored tier of a caller is invalid: the stored value is not a tier of this program: the stored tier is not one of: Free, Plus, Pro caller=\"key:",
    ] {
        assert!(notes.contains(expected), "{expected} is not in\n{notes}");
    }
}

/// Opens a connection, and closes its endpoint.
async fn close_a_connection() {
    let overrides = Overrides::of::<Api>();
    let app = Api::router().layer(TierLayer::new(Source).overrides(&overrides));
    let request = Request::get("/live").header("authorization", "Bearer secret-plus");
    let request = request.body(Body::empty()).expect("a request");
    let close = async {
        tokio::task::yield_now().await;
        let close = [Override::close("live")];
        overrides.replace(1, close).expect("valid overrides");
    };
    let (response, ()) = tokio::join!(app.oneshot(request), close);
    assert_eq!(response.expect("a response").status(), 200);
}

#[test]
fn a_connection_that_ends_emits_an_event() {
    let notes = Notes::of(close_a_connection());
    let expected = "INFO message=connection revoked endpoint=\"live\" caller=\"customer-7\" \
                    code=\"endpoint_closed\"";
    assert!(notes.contains(&expected.to_owned()), "{notes:#?}");
}

#[test]
fn a_connection_that_ends_is_counted() {
    let counters = counted(close_a_connection());
    let name = "tiergate_revoked_total code=endpoint_closed endpoint=live";
    assert_eq!(counters.get(name), Some(&1), "{counters:#?}");
}

/// Returns the warnings and errors that are logged during the calls.
fn told(calls: impl Future<Output = ()>) -> Vec<String> {
    let severe = |line: &String| line.starts_with("WARN") || line.starts_with("ERROR");
    Notes::of(calls).into_iter().filter(severe).collect()
}

async fn get(app: &Router, key: &str) -> u16 {
    let request = Request::get("/export").header("authorization", format!("Bearer {key}"));
    let request = request.body(Body::empty()).expect("a request");
    let answer = app.clone().oneshot(request).await.expect("an answer");
    answer.status().as_u16()
}

#[test]
fn each_failed_lookup_is_logged_once() {
    let is_down = Arc::new(AtomicBool::new(true));
    let source = {
        let is_down = is_down.clone();
        move |_: ApiKey| {
            let is_down = is_down.load(Ordering::SeqCst);
            async move {
                if is_down {
                    Err(SourceError::unavailable(io::Error::from(
                        io::ErrorKind::ConnectionRefused,
                    )))
                } else {
                    Ok(Some(Tier::Plus))
                }
            }
        }
    };
    let cached = || {
        let builder = Cached::builder(source.clone()).ttl(Duration::ZERO);
        builder.retry(Duration::from_secs(60)).build()
    };
    let told = told(async {
        let app = Api::router().layer(TierLayer::new(cached()));
        for _ in 0..100 {
            assert_eq!(get(&app, "a-key").await, 503);
        }
        // The outage is also reported if a cached answer bridges it.
        let app = Api::router().layer(TierLayer::new(cached()));
        is_down.store(false, Ordering::SeqCst);
        assert_eq!(get(&app, "a-key").await, 200);
        is_down.store(true, Ordering::SeqCst);
        for _ in 0..100 {
            assert_eq!(get(&app, "a-key").await, 200);
        }
    });
    let [one, other] = told.as_slice() else {
        panic!("{told:#?}");
    };
    assert_eq!(one, other);
    assert!(one.contains("the tier source is unavailable: connection refused caller=\"key:"));
}

#[test]
fn a_wrong_query_is_logged_as_a_mistake() {
    let told = told(async {
        let pool = SqlitePoolOptions::new().max_connections(1);
        let pool = pool.connect("sqlite::memory:").await.expect("SQLite");
        let query = "SELECT teir FROM callers WHERE key = $1";
        let source = SqlSource::<Tier, _>::new(pool, query);
        let app = Api::router().layer(TierLayer::new(Cached::new(source)));
        for _ in 0..10 {
            assert_eq!(get(&app, "a-key").await, 503);
        }
    });
    let [line] = told.as_slice() else {
        panic!("{told:#?}");
    };
    assert!(
        line.starts_with("ERROR") && line.contains("no such table: callers"),
        "{line}"
    );
}

#[test]
fn an_invalidation_without_effect_is_logged_once() {
    let told = told(async {
        let nameless = Cached::new(|_: ApiKey| async { Ok(Some(Tier::Plus)) });
        // The cache is still empty.
        nameless.invalidate("customer-7");
        nameless
            .find(&ApiKey::new("a-key"))
            .await
            .expect("a caller");
        nameless.channel().changed("customer-7");
        nameless.invalidate("customer-7");
        // If the source returns ids, an id that isn't cached is normal.
        let named = Cached::new(Source);
        named
            .find(&ApiKey::new("secret-nameless"))
            .await
            .expect("a caller");
        named
            .find(&ApiKey::new("secret-plus"))
            .await
            .expect("a caller");
        named.invalidate("customer-9");
    });
    assert_eq!(told.len(), 1, "{told:#?}");
    assert!(
        told[0].contains("the source returns no caller ids"),
        "{told:#?}"
    );
}

#[requires_tier(Plus, guard = pass)]
fn connect() -> Watch<Tier> {
    pass.watch()
}

#[requires_tier(Plus, guard = pass)]
fn connect_without_source() -> Watch<Tier> {
    pass.watch()
}

#[test]
fn a_connection_whose_caller_cannot_be_looked_up_again_is_logged_once() {
    let told = told(async {
        drop(connect(Guard::check(Tier::Plus).expect("a guard")));
        let service =
            TierLayer::new(Source).layer(service_fn(async |request: axum::http::Request<()>| {
                let mut parts = request.into_parts().0;
                guard(&mut parts).await.map(connect)
            }));
        let request = axum::http::Request::get("/").header("authorization", "Bearer secret-plus");
        let answer = service.oneshot(request.body(()).expect("a request")).await;
        drop(answer.expect("a connection"));
        for _ in 0..3 {
            let mut parts = Request::new(Body::empty()).into_parts().0;
            parts.extensions.insert(Caller::new(Tier::Plus));
            let watch = guard(&mut parts).await.map(connect_without_source);
            drop(watch.expect("a connection"));
        }
    });
    let [line] = told.as_slice() else {
        panic!("{told:#?}");
    };
    assert!(
        line.starts_with("WARN") && line.contains("endpoint=\"connect_without_source\""),
        "{line}"
    );
}

/// Returns the counters after the calls.
fn counted(calls: impl Future<Output = ()>) -> BTreeMap<String, u64> {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    metrics::with_local_recorder(&recorder, || alone(calls));
    snapshotter
        .snapshot()
        .into_vec()
        .into_iter()
        .filter_map(|(key, _, _, value)| {
            let mut labels: Vec<String> = key
                .key()
                .labels()
                .map(|label| format!("{}={}", label.key(), label.value()))
                .collect();
            labels.sort();
            let DebugValue::Counter(count) = value else {
                return None;
            };
            Some((format!("{} {}", key.key().name(), labels.join(" ")), count))
        })
        .collect()
}

fn expected<const N: usize>(lines: [(&str, u64); N]) -> BTreeMap<String, u64> {
    lines.map(|(line, count)| (line.to_owned(), count)).into()
}

#[test]
fn checks_are_counted_by_endpoint_and_tier() {
    let counted = counted(call_with_every_key());
    println!("{counted:#?}");
    let expected = expected([
        (
            "tiergate_allowed_total endpoint=export required=Plus tier=Plus",
            1,
        ),
        (
            "tiergate_refused_total code=tier_too_low endpoint=export required=Plus tier=Free",
            2,
        ),
        (
            "tiergate_refused_total code=tier_source_unavailable endpoint=export required=Plus tier=",
            1,
        ),
        (
            "tiergate_refused_total code=tier_unreadable endpoint=export required=Plus tier=",
            1,
        ),
        (
            "tiergate_refused_total code=unknown_caller endpoint=export required=Plus tier=",
            1,
        ),
        ("tiergate_cache_total outcome=miss", 5),
        ("tiergate_cache_total outcome=error", 1),
    ]);
    assert_eq!(counted, expected);
}

#[test]
fn a_refusal_by_the_handler_is_counted_once() {
    let ask = async |app: Router| {
        let request = Request::get("/ask").header("authorization", "Bearer secret-free");
        let request = request.body(Body::empty()).expect("a request");
        let answer = app.oneshot(request).await.expect("an answer");
        answer.status().as_u16()
    };
    let expected = expected([
        (
            "tiergate_allowed_total endpoint=ask required=Free tier=Free",
            1,
        ),
        (
            "tiergate_refused_total code=tier_too_low endpoint=ask required=Pro tier=Free",
            1,
        ),
    ]);
    let app = || Api::router().layer(TierLayer::new(Source));
    let plain = counted(async { assert_eq!(ask(app()).await, 403) });
    assert_eq!(plain, expected);
    // The counters don't depend on the response.
    let replaced = app().layer(on_refusal(|_, _| {
        StatusCode::PAYMENT_REQUIRED.into_response()
    }));
    let replaced = counted(async { assert_eq!(ask(replaced).await, 402) });
    assert_eq!(replaced, expected);
}

#[requires_tier(Pro, enforced = Plus)]
fn import() {}

#[derive(Event)]
#[event(Pro, enforced = Plus, name = "EVENT_CALL")]
struct CallEvent;

#[derive(Event)]
#[event(Free, name = "EVENT_UNIT")]
struct UnitEvent;

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(import), events(CallEvent, UnitEvent))]
struct Direct;

/// Returns overrides that only observe a tier of the second event.
fn observing() -> Overrides<Tier> {
    let overrides = Overrides::of::<Direct>();
    let in_an_hour = SystemTime::now() + Duration::from_secs(3600);
    let observed = Override::observe("EVENT_UNIT", Tier::Plus).until(in_an_hour);
    overrides.replace(1, [observed]).expect("valid overrides");
    overrides
}

fn callers() -> [Caller<Tier>; 3] {
    [Tier::Free, Tier::Plus, Tier::Pro]
        .map(|tier| Caller::new(tier).with_id(tier.name().to_lowercase()))
}

#[test]
fn checks_of_events_are_logged_without_changing_the_span_of_the_request() {
    let overrides = observing();
    let notes = Notes::of(async {
        let span = tracing::info_span!("request", tiergate.endpoint = tracing::field::Empty);
        let _entered = span.enter();
        let _ = CallEvent.fan_out(callers(), |caller| caller);
        let _ = UnitEvent.fan_out_with(callers(), |caller| caller, &overrides);
        let cleared = CallEvent.cleared_for(Tier::Plus).expect("cleared");
        assert!(cleared.again(Tier::Free).is_err());
    });
    let expected = [
        "new span",
        "DEBUG message=refused endpoint=\"EVENT_CALL\" required=\"Plus\" actual=\"Free\" caller=\"free\" code=\"tier_too_low\"",
        "DEBUG message=would be refused endpoint=\"EVENT_CALL\" required=\"Pro\" actual=\"Plus\" caller=\"plus\" code=\"tier_too_low\"",
        "DEBUG message=would be refused endpoint=\"EVENT_UNIT\" required=\"Plus\" actual=\"Free\" caller=\"free\" code=\"tier_too_low\"",
        "DEBUG message=would be refused endpoint=\"EVENT_CALL\" required=\"Pro\" actual=\"Plus\" code=\"tier_too_low\"",
        "DEBUG message=refused endpoint=\"EVENT_CALL\" required=\"Plus\" actual=\"Free\" code=\"tier_too_low\"",
    ];
    assert_eq!(notes, expected);
}

#[test]
fn checks_of_events_and_guards_are_counted() {
    let overrides = observing();
    let counted = counted(async {
        for caller in callers() {
            let _ = CallEvent.cleared_for(&caller);
            let _ = UnitEvent.cleared_with(&caller, &overrides);
            let _ = Guard::check(&caller).map(import);
            let _ = Guard::check_with(&caller, &overrides).map(import);
        }
    });
    let both = |line: &str, count| {
        let of = |name: &str| line.replace("NAME", name);
        [(of("EVENT_CALL"), count), (of("import"), 2 * count)]
    };
    let mut expected: BTreeMap<_, _> = [
        both(
            "tiergate_allowed_total endpoint=NAME required=Pro tier=Plus",
            1,
        ),
        both(
            "tiergate_allowed_total endpoint=NAME required=Pro tier=Pro",
            1,
        ),
        both(
            "tiergate_refused_total code=tier_too_low endpoint=NAME required=Plus tier=Free",
            1,
        ),
        both(
            "tiergate_shadow_refused_total code=tier_too_low endpoint=NAME required=Pro tier=Plus",
            1,
        ),
    ]
    .into_iter()
    .flatten()
    .collect();
    for tier in ["Free", "Plus", "Pro"] {
        let line = format!("tiergate_allowed_total endpoint=EVENT_UNIT required=Free tier={tier}");
        expected.insert(line, 1);
    }
    let shadow = "tiergate_shadow_refused_total code=tier_too_low endpoint=EVENT_UNIT required=Plus tier=Free";
    expected.insert(shadow.to_owned(), 1);
    assert_eq!(counted, expected);
}

#[test]
fn a_refused_event_that_becomes_the_response_is_counted_once() {
    let counted = counted(async {
        let denied = CallEvent.cleared_for(Tier::Free).expect_err("a refusal");
        assert_eq!(denied.into_response().status(), StatusCode::FORBIDDEN);
    });
    let refused =
        "tiergate_refused_total code=tier_too_low endpoint=EVENT_CALL required=Plus tier=Free";
    assert_eq!(counted, expected([(refused, 1)]));
}

#[derive(Event)]
#[event(Plus, name = "EVENT_AUDITED")]
struct AuditedEvent;

#[test]
fn decisions_about_events_reach_the_audit_trail() {
    static DECISIONS: Mutex<Vec<String>> = Mutex::new(Vec::new());
    set_decision_sink(DecisionFilter::All, |decision| {
        if decision.endpoint().name() == "EVENT_AUDITED" {
            let decision = (decision.is_allowed(), decision.overrides_version());
            DECISIONS.lock().unwrap().push(format!("{decision:?}"));
        }
    })
    .expect("no other test sets the function");
    alone(async {
        let overrides = observing();
        for caller in callers() {
            let _ = AuditedEvent.cleared_for(&caller);
            let _ = AuditedEvent.cleared_with(&caller, &overrides);
        }
    });
    let expected = [
        "(false, None)",
        "(false, Some(1))",
        "(true, None)",
        "(true, Some(1))",
        "(true, None)",
        "(true, Some(1))",
    ];
    assert_eq!(*DECISIONS.lock().unwrap(), expected);
}
