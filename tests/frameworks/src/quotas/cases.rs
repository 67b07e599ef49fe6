//! The cases that every framework and the tower layer must pass. Each case has its own callers, because
//! all cases call the same program at once.
// The names of the cases describe them.
#![allow(missing_docs)]

use crate::client::{Answer, Connection, post, post_endless, post_flood, post_withheld, send};
use crate::quotas::headers::{
    assert_exceeded, assert_limited, assert_unlimited, assert_wait, document,
};
use crate::{Form, Program, REPLACED, TIER};
use std::net::Ipv4Addr;

async fn get(program: &Program, path: &str, caller: &str) -> Answer {
    send(program.at(Form::Layered), "GET", path, &[(TIER, caller)]).await
}

/// Sends a request from an address of this machine.
async fn get_from(program: &Program, form: Form, host: u8, headers: &[(&str, &str)]) -> Answer {
    let from = Ipv4Addr::new(127, 0, 9, host);
    let mut connection = Connection::open_from(from, program.at(form)).await;
    connection.send("GET", "/limited", headers).await
}

/// Uses up what `limited` allows.
async fn use_up(program: &Program, form: Form, host: u8, headers: &[(&str, &str)]) {
    for remaining in (0..3).rev() {
        let answer = get_from(program, form, host, headers).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let state = &answer.headers["ratelimit"];
        assert!(state.contains(&format!(";r={remaining};")), "{state}");
    }
}

const JSON: (&str, &str) = ("content-type", "application/json");

cases! { quotas_tests:
    async fn calls_are_allowed_until_the_limit(program) {
        for remaining in [2, 1, 0] {
            let answer = get(program, "/limited", "free:until").await;
            assert_limited(&answer, 200, "limited/hour", 3, remaining);
            assert_eq!(answer.body, "ok");
        }
        for _ in 0..2 {
            let answer = get(program, "/limited", "free:until").await;
            assert_exceeded(&answer, "limited/hour", 3);
            let document = document(&answer);
            assert_eq!((&document["endpoint"], &document["instance"]), (&"limited".into(), &"/limited".into()));
        }
    }

    async fn each_caller_has_its_own_limit(program) {
        for caller in ["free:a", "free:b", "plus:c"] {
            for remaining in [2, 1, 0] {
                let answer = get(program, "/limited", caller).await;
                assert_limited(&answer, 200, "limited/hour", 3, remaining);
            }
        }
        // The caller is the customer, whatever the tier is now.
        assert_exceeded(&get(program, "/limited", "plus:a").await, "limited/hour", 3);
    }

    async fn each_tier_has_its_own_limit(program) {
        assert_limited(&get(program, "/by_tier", "free:tier").await, 200, "by_tier/hour", 1, 0);
        assert_exceeded(&get(program, "/by_tier", "free:tier").await, "by_tier/hour", 1);
        assert_limited(&get(program, "/by_tier", "plus:tier").await, 200, "by_tier/hour", 2, 0);
        assert_exceeded(&get(program, "/by_tier", "plus:tier").await, "by_tier/hour", 2);
        assert_unlimited(&get(program, "/by_tier", "pro:tier").await, 200);
    }

    async fn a_call_that_is_refused_for_its_tier_takes_nothing(program) {
        for (caller, status) in [("free:gated", 403), ("gated", 401), ("anonymous", 401)] {
            for _ in 0..3 {
                assert_unlimited(&get(program, "/gated", caller).await, status);
            }
        }
        for remaining in [1, 0] {
            let answer = get(program, "/gated", "plus:gated").await;
            assert_limited(&answer, 200, "gated/hour", 2, remaining);
        }
        assert_exceeded(&get(program, "/gated", "plus:gated").await, "gated/hour", 2);
        // The tier decides first.
        assert_unlimited(&get(program, "/gated", "free:gated").await, 403);
    }

    async fn the_quota_of_a_catalogue_counts_all_its_endpoints(program) {
        assert_limited(&get(program, "/one", "free:volume").await, 200, "hour", 5, 4);
        assert_limited(&get(program, "/another", "free:volume").await, 200, "hour", 5, 2);
        assert_limited(&get(program, "/one", "free:volume").await, 200, "hour", 5, 1);
        // A call that costs more than what remains takes nothing.
        assert_limited(&get(program, "/another", "free:volume").await, 429, "hour", 5, 1);
        assert_limited(&get(program, "/one", "free:volume").await, 200, "hour", 5, 0);
        assert_exceeded(&get(program, "/one", "free:volume").await, "hour", 5);
        assert_exceeded(&get(program, "/another", "free:volume").await, "hour", 5);
        assert_limited(&get(program, "/one", "free:other-volume").await, 200, "hour", 5, 4);
        // Costs nothing.
        assert_unlimited(&get(program, "/unlimited", "free:volume").await, 200);
        assert_limited(&get(program, "/limited", "free:volume").await, 200, "limited/hour", 3, 2);
    }

    async fn a_request_on_an_open_connection_knows_nothing_of_the_one_before(program) {
        let mut connection = Connection::open(program.at(Form::Layered)).await;
        for remaining in [2, 1, 0] {
            let headers = [(TIER, "free:open")];
            let answer = connection.send("GET", "/limited", &headers).await;
            assert_limited(&answer, 200, "limited/hour", 3, remaining);
            assert_unlimited(&connection.send("GET", "/unlimited", &headers).await, 200);
            assert_unlimited(&connection.send("GET", "/health", &headers).await, 200);
            assert_unlimited(&connection.send("GET", "/limited", &[(TIER, "nobody")]).await, 401);
            let other = [(TIER, "free:open-too")];
            let answer = connection.send("GET", "/limited", &other).await;
            assert_limited(&answer, 200, "limited/hour", 3, remaining);
        }
        let answer = connection.send("GET", "/limited", &[(TIER, "free:open")]).await;
        assert_exceeded(&answer, "limited/hour", 3);
        let answer = connection.send("GET", "/one", &[(TIER, "free:open")]).await;
        assert_limited(&answer, 200, "hour", 5, 4);
    }

    async fn calls_at_the_same_time_get_no_more_than_the_limit(program) {
        let to = program.at(Form::Layered);
        let calls: Vec<_> = (0..20)
            .map(|_| tokio::spawn(send(to, "GET", "/limited", &[(TIER, "free:at-once")])))
            .collect();
        let mut statuses = Vec::new();
        for call in calls {
            statuses.push(call.await.expect("an answer").status);
        }
        let allowed = statuses.iter().filter(|status| **status == 200).count();
        assert_eq!(allowed, 3, "{statuses:?}");
        assert!(statuses.iter().all(|status| [200, 429].contains(status)), "{statuses:?}");
    }

    async fn a_missing_layer_refuses_calls_of_limited_endpoints(program) {
        let to = program.at(Form::Bare);
        let mut limited = vec!["/limited", "/by_tier"];
        if program.expects_quotas {
            limited.extend(["/one", "/another"]);
        }
        for path in limited {
            let answer = send(to, "GET", path, &[(TIER, "pro:missing")]).await;
            assert_unlimited(&answer, 500);
            assert_eq!(document(&answer)["code"], "missing_quota_layer", "{path}");
        }
        // The tier decides first.
        assert_unlimited(&send(to, "GET", "/gated", &[(TIER, "free:missing")]).await, 403);
        assert_unlimited(&send(to, "GET", "/health", &[]).await, 200);
    }

    async fn anonymous_callers_are_limited_by_the_address_of_the_connection(program) {
        let form = Form::Layered;
        for (host, caller) in [(1, "anonymous"), (2, "anonymous"), (3, "free")] {
            use_up(program, form, host, &[(TIER, caller)]).await;
            // A client can send any header.
            for header in ["x-forwarded-for", "forwarded", "x-real-ip", "x-client-ip", "true-client-ip"] {
                for value in ["192.0.2.7", "for=192.0.2.7", "127.0.9.200"] {
                    let answer = get_from(program, form, host, &[(TIER, caller), (header, value)]).await;
                    assert_exceeded(&answer, "limited/hour", 3);
                }
            }
        }
        // An id is something else than an address.
        assert_eq!(get(program, "/limited", "free:127.0.9.1").await.status, 200);
    }

    async fn a_trusted_proxy_states_the_address_of_the_client(program) {
        let form = Form::Replaced;
        let client = [(TIER, "anonymous"), ("x-forwarded-for", "192.0.2.1")];
        use_up(program, form, 20, &client).await;
        for forwarded_for in [
            &["192.0.2.1"][..],
            // The client claims another address, and the proxy appends the real one.
            &["198.51.100.7, 192.0.2.1"],
            &["198.51.100.7", "192.0.2.1"],
            &["192.0.2.1, 127.0.0.1", "127.0.0.2"],
        ] {
            let mut headers = vec![(TIER, "anonymous"), ("forwarded", "for=192.0.2.9")];
            headers.extend(forwarded_for.iter().map(|value| ("x-forwarded-for", *value)));
            let answer = get_from(program, form, 21, &headers).await;
            assert_eq!(answer.body, "quota_exceeded", "{forwarded_for:?} {answer:?}");
        }
        let other = [(TIER, "anonymous"), ("x-forwarded-for", "192.0.2.1, 192.0.2.2")];
        assert_eq!(get_from(program, form, 20, &other).await.status, 200);
        assert_eq!(get_from(program, form, 20, &[(TIER, "anonymous")]).await.status, 200);
    }

    async fn the_response_to_an_exceeded_quota_can_be_replaced(program) {
        let to = program.at(Form::Replaced);
        let headers = [(TIER, "free:replaced")];
        for remaining in [2, 1, 0] {
            let answer = send(to, "GET", "/limited", &headers).await;
            assert_limited(&answer, 200, "limited/hour", 3, remaining);
            assert_eq!(answer.headers["x-ratelimit-limit"], "3");
            assert_eq!(answer.headers["x-ratelimit-remaining"], remaining.to_string());
        }
        let answer = send(to, "GET", "/limited", &headers).await;
        assert_limited(&answer, REPLACED.0, "limited/hour", 3, 0);
        assert_eq!(answer.body, "quota_exceeded");
        assert_eq!(answer.headers[REPLACED.1], REPLACED.2);
        assert_eq!(answer.headers["x-ratelimit-remaining"], "0");
        assert!(answer.headers.contains_key("x-ratelimit-reset"), "{answer:?}");
    }

    async fn an_exceeded_quota_is_refused_before_the_body_is_read(program) {
        let to = program.at(Form::Layered);
        let headers = [(TIER, "free:body"), JSON];
        let answer = post(to, "/import", &headers, "{").await;
        assert_limited(&answer, 400, "import/hour", 1, 0);
        for body in ["{", "[1]", ""] {
            assert_exceeded(&post(to, "/import", &headers, body).await, "import/hour", 1);
        }
        assert_exceeded(&post_endless(to, "/import", &headers).await, "import/hour", 1);
        assert_exceeded(&post_withheld(to, "/import", &headers).await, "import/hour", 1);
        assert_exceeded(&post_flood(to, "/import", &headers).await, "import/hour", 1);
        let answer = post(to, "/import", &[(TIER, "free:other-body"), JSON], "[1]").await;
        assert_limited(&answer, 200, "import/hour", 1, 0);
    }

    async fn a_refused_caller_can_wait_as_long_as_the_response_says(program) {
        for _ in 0..3 {
            get(program, "/limited", "free:waiting").await;
        }
        let answer = get(program, "/limited", "free:waiting").await;
        assert_wait(&answer);
        // The header states the same time.
        let wait = format!(";t={}", answer.headers["retry-after"]);
        assert!(answer.headers["ratelimit"].ends_with(&wait), "{answer:?}");
    }
}
