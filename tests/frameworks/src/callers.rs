//! The guarantees of a `TierLayer` in every framework: which callers it looks up, when and how often,
//! and the responses. In [`Form::Replaced`], the program's layer gives a tier to callers without a key
//! or a subscription. If the framework allows layers outside it, one of them makes every caller a
//! `Caller` of the highest tier.
// The names of the cases describe them.
#![allow(missing_docs)]

use crate::client::{Answer, post, post_flood, send};
use crate::{Form, Tier, is_in_own_process, runs_of};
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tiergate::source::{ApiKey, Credential, SourceError, TierSource};
use tiergate::{Caller, TierLayer};

/// The header with the key.
pub const KEY: &str = "x-api-key";

/// A source whose answer depends on the beginning of the key. It counts the lookups of each key.
struct Source;

impl TierSource for Source {
    type Tier = Tier;

    async fn find(&self, key: &ApiKey) -> Result<Caller<Tier>, SourceError> {
        asked(key.expose()).fetch_add(1, Ordering::SeqCst);
        // A real store would wait for the network.
        tokio::task::yield_now().await;
        if key.expose().starts_with("slow-") {
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        match key.expose().split('-').next() {
            Some("slow") if key.expose() == "slow-plus" => Ok(Caller::new(Tier::Plus)),
            Some("slow") if key.expose() == "slow-free" => Ok(Caller::new(Tier::Free)),
            Some("plus") => Ok(Caller::new(Tier::Plus).with_id("customer-7")),
            Some("free") => Ok(Caller::new(Tier::Free)),
            Some("ended") => Ok(Caller::without_subscription()),
            Some("down") => Err(SourceError::unavailable("connection refused")),
            Some("gold") => Err(SourceError::from("Gold".parse::<Tier>().unwrap_err())),
            _ => Err(SourceError::UnknownCaller),
        }
    }
}

const JSON: (&str, &str) = ("content-type", "application/json");

fn asked(key: &str) -> &'static std::sync::atomic::AtomicUsize {
    runs_of(&format!("asked for {key}"))
}

/// Returns the layer of a program in this form, or `None` for a form without one.
pub fn layer(form: Form) -> Option<TierLayer<Tier>> {
    let layer = TierLayer::new(Source)
        .credential(Credential::header(KEY))
        .credential(Credential::query("key"));
    match form {
        Form::Bare => None,
        Form::Layered | Form::Program => Some(layer),
        Form::Replaced => Some(
            layer
                .anonymous(Tier::Free)
                .without_subscription(Tier::Free)
                .retry_after(Duration::from_millis(1500)),
        ),
    }
}

/// Starts to count in this process. The returned function reads the counters and resets them.
pub(crate) fn count() -> impl Fn() -> BTreeMap<String, u64> {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    metrics::set_global_recorder(recorder).expect("the only one");
    move || {
        let counters = snapshotter.snapshot().into_vec().into_iter();
        let counters = counters.filter_map(|(key, _, _, value)| {
            let DebugValue::Counter(count) = value else {
                return None;
            };
            let (name, labels) = key.key().clone().into_parts();
            let mut labels: Vec<_> = labels
                .iter()
                .map(|label| format!("{}={}", label.key(), label.value()))
                .collect();
            labels.sort();
            Some((format!("{} {}", name.as_str(), labels.join(" ")), count))
        });
        counters.collect()
    }
}

fn code(answer: &Answer) -> String {
    let document: Value = serde_json::from_str(&answer.body).expect("a problem document");
    document["code"].as_str().expect("a code").to_owned()
}

cases! { callers_tests:
    async fn each_result_of_a_source_has_its_response(program) {
        let to = program.at(Form::Layered);
        let answer = send(to, "GET", "/plus", &[(KEY, "plus-1")]).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "plus"));
        for (key, status, expected) in [
            ("free-1", 403, "tier_too_low"),
            ("ended-1", 403, "no_subscription"),
            ("nobody-1", 401, "unknown_caller"),
            ("down-1", 503, "tier_source_unavailable"),
            ("gold-1", 500, "tier_unreadable"),
        ] {
            let answer = send(to, "GET", "/plus", &[(KEY, key)]).await;
            assert_eq!((answer.status, code(&answer).as_str()), (status, expected), "{key}");
            let wait = answer.headers.get("retry-after").map(String::as_str);
            assert_eq!(wait, (status == 503).then_some("5"), "{key}");
            assert!(!answer.body.contains("connection refused"), "{}", answer.body);
        }
        let answer = send(to, "GET", "/plus", &[]).await;
        assert_eq!((answer.status, code(&answer).as_str()), (401, "unknown_caller"));
    }

    async fn only_gated_handlers_query_the_source_and_only_once(program) {
        let to = program.at(Form::Layered);
        // One process tests several programs, so each key contains the program's address.
        let [plus, plus_again, free] = ["plus", "plus-again", "free"].map(|key| format!("{key}-{to}"));
        let asked = |key| asked(key).load(Ordering::SeqCst);
        let answer = send(to, "GET", "/health", &[(KEY, &plus)]).await;
        assert_eq!((answer.status, asked(&plus)), (200, 0));
        // An unknown path is not found, or the tower layer refuses it.
        let answer = send(to, "GET", "/nowhere", &[(KEY, &plus)]).await;
        assert!(matches!(answer.status, 403 | 404), "{}", answer.status);
        assert_eq!(asked(&plus), 0);
        let answer = send(to, "GET", "/plus", &[(KEY, &plus)]).await;
        assert_eq!((answer.status, asked(&plus)), (200, 1));
        // Two guards check this request.
        let answer = send(to, "GET", "/twice", &[(KEY, &plus_again)]).await;
        assert_eq!((answer.status, asked(&plus_again)), (200, 1));
        let answer = send(to, "GET", "/twice", &[(KEY, &free)]).await;
        assert_eq!((answer.status, asked(&free)), (403, 1));
    }

    async fn a_handler_can_read_the_id_of_its_caller(program) {
        let answer = send(program.at(Form::Layered), "GET", "/caller", &[(KEY, "plus-3")]).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "customer-7"));
        let answer = send(program.at(Form::Layered), "GET", "/caller", &[(KEY, "free-3")]).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "nameless"));
    }

    async fn a_public_handler_can_extract_its_caller(program) {
        let to = program.at(Form::Layered);
        for (headers, expected) in [
            (&[(KEY, "plus-8")][..], "tier Plus, id customer-7, anonymous false, unknown false"),
            (&[(KEY, "nobody-8")][..], "tier none, id none, anonymous false, unknown true"),
            (&[], "tier none, id none, anonymous false, unknown true"),
        ] {
            let answer = send(to, "GET", "/me", headers).await;
            assert_eq!((answer.status, answer.body.as_str()), (200, expected), "{headers:?}");
        }
        let answer = send(to, "GET", "/me", &[(KEY, "down-8")]).await;
        assert_eq!(answer.status, 503);
        if program.documents_extraction {
            assert_eq!(code(&answer), "tier_source_unavailable");
            assert_eq!(answer.headers["retry-after"], "5");
            let document: Value = serde_json::from_str(&answer.body).expect("a problem document");
            assert_eq!(document["instance"], "/me");
        }
        assert_eq!(send(to, "GET", "/me", &[(KEY, "gold-8")]).await.status, 500);
        assert_eq!(send(program.at(Form::Bare), "GET", "/me", &[(KEY, "plus-8")]).await.status, 500);
        let answer = send(program.at(Form::Replaced), "GET", "/me", &[]).await;
        assert_eq!(answer.body, "tier Free, id none, anonymous true, unknown false");
    }

    async fn the_layer_sets_the_tier_of_callers_without_a_key_or_subscription(program) {
        let to = program.at(Form::Replaced);
        for (headers, status) in [(&[][..], 401), (&[(KEY, "ended-4")][..], 403)] {
            assert_eq!(send(to, "GET", "/free", headers).await.status, 200);
            let answer = send(to, "GET", "/plus", headers).await;
            assert_eq!((answer.status, code(&answer).as_str()), (status, "tier_too_low"));
        }
        // A wrong key doesn't count as a missing key.
        for headers in [&[(KEY, "nobody-4")][..], &[(KEY, "")][..], &[(KEY, "free-4"), (KEY, "free-4")][..]] {
            assert_eq!(send(to, "GET", "/free", headers).await.status, 401, "{headers:?}");
        }
        let answer = send(to, "GET", "/free", &[(KEY, "down-4")]).await;
        assert_eq!((answer.status, answer.headers["retry-after"].as_str()), (503, "2"));
    }

    async fn the_key_is_read_from_every_configured_place(program) {
        let to = program.at(Form::Layered);
        assert_eq!(send(to, "GET", "/plus?a=b&key=plus%2d5", &[]).await.status, 200);
        assert_eq!(send(to, "GET", "/plus?key=plus-5&key=plus-5", &[]).await.status, 401);
        // The first place with a key wins.
        let answer = send(to, "GET", "/plus?key=plus-5", &[(KEY, "free-5")]).await;
        assert_eq!(answer.status, 403);
    }

    async fn checks_of_the_gate_and_of_handlers_are_counted(program) {
        let name = std::thread::current().name().map(str::to_owned);
        // The counters belong to the whole process.
        if !is_in_own_process(&name.expect("a test's thread has its name")) {
            return;
        }
        let counters = count();
        let to = program.at(Form::Layered);
        for (path, key) in [("/plus", "plus-7"), ("/plus", "free-7"), ("/plus", "down-7"), ("/ask", "plus-7")] {
            send(to, "GET", path, &[(KEY, key)]).await;
        }
        let nowhere = send(to, "GET", "/nowhere", &[]).await;
        let counted = counters();
        for (line, expected) in [
            ("tiergate_allowed_total endpoint=plus required=Plus tier=Plus", 1),
            ("tiergate_refused_total code=tier_too_low endpoint=plus required=Plus tier=Free", 1),
            ("tiergate_refused_total code=tier_source_unavailable endpoint=plus required=Plus tier=", 1),
            ("tiergate_refused_total code=tier_too_low endpoint=ask required=Pro tier=Plus", 1),
        ] {
            assert_eq!(counted.get(line), Some(&expected), "{line} in {counted:#?}");
        }
        // The tower layer also counts refusals that have no endpoint.
        let line = "tiergate_refused_total code=unlisted_route endpoint= required= tier=";
        let expected = (nowhere.status == 403).then_some(&1);
        assert_eq!(counted.get(line), expected, "{counted:#?}");
    }

    async fn the_body_is_not_read_while_a_source_is_slow(program) {
        let to = program.at(Form::Layered);
        for (key, expected) in [("slow-nobody", 401), ("slow-free", 403)] {
            let answer = post_flood(to, "/json", &[(KEY, key), JSON]).await;
            assert_eq!(answer.status, expected, "{answer:?}");
        }
    }

    async fn the_body_is_not_validated_while_a_source_is_slow(program) {
        let to = program.at(Form::Layered);
        for (key, body, expected) in [
            ("slow-nobody", "{", 401),
            ("slow-free", "{", 403),
            ("slow-plus", "{", 400),
            ("slow-plus", "[1]", 200),
        ] {
            let answer = post(to, "/json", &[(KEY, key), JSON], body).await;
            assert_eq!(answer.status, expected, "{key} {body}: {answer:?}");
        }
    }

    async fn a_missing_tier_layer_refuses_everyone(program) {
        let answer = send(program.at(Form::Bare), "GET", "/plus", &[(KEY, "plus-6")]).await;
        assert_eq!((answer.status, code(&answer).as_str()), (500, "missing_layer"));
        assert_eq!(send(program.at(Form::Bare), "GET", "/health", &[]).await.status, 200);
    }
}
