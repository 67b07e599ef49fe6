//! Cases for callers whom a `TierLayer` looks up. The counters are in Redis if it may be started, so the
//! guard waits for them.
// The names of the cases describe them.
#![allow(missing_docs)]

use crate::client::{Answer, Connection, post, post_flood, send};
use crate::quotas::headers::{assert_exceeded, assert_limited, assert_unlimited};
use crate::{Form, Program, TIER};
use std::net::Ipv4Addr;

async fn get(program: &Program, path: &str, key: &str) -> Answer {
    send(program.at(Form::Program), "GET", path, &[(TIER, key)]).await
}

const JSON: (&str, &str) = ("content-type", "application/json");

cases! { looked_up_quotas_tests:
    async fn the_keys_of_a_customer_share_its_limit(program) {
        for (key, remaining) in [("free:keys#1", 2), ("free:keys#2", 1), ("plus:keys#3", 0)] {
            let answer = get(program, "/limited", key).await;
            assert_limited(&answer, 200, "limited/hour", 3, remaining);
        }
        assert_exceeded(&get(program, "/limited", "free:keys#4").await, "limited/hour", 3);
    }

    async fn each_key_of_a_nameless_caller_has_its_own_limit(program) {
        for key in ["free#1", "free#2", "plus#1"] {
            for remaining in [2, 1, 0] {
                let answer = get(program, "/limited", key).await;
                assert_limited(&answer, 200, "limited/hour", 3, remaining);
            }
            assert_exceeded(&get(program, "/limited", key).await, "limited/hour", 3);
        }
    }

    async fn callers_without_a_key_are_limited_by_their_address(program) {
        for host in [31, 32] {
            let to = program.at(Form::Program);
            let mut connection = Connection::open_from(Ipv4Addr::new(127, 0, 9, host), to).await;
            for remaining in [2, 1, 0] {
                let answer = connection.send("GET", "/limited", &[]).await;
                assert_limited(&answer, 200, "limited/hour", 3, remaining);
            }
            let forwarded = [("x-forwarded-for", "192.0.2.7")];
            let answer = connection.send("GET", "/limited", &forwarded).await;
            assert_exceeded(&answer, "limited/hour", 3);
        }
    }

    async fn a_key_does_not_identify_an_anonymous_caller(program) {
        let to = program.at(Form::Program);
        let mut connection = Connection::open_from(Ipv4Addr::new(127, 0, 9, 33), to).await;
        for (key, remaining) in [("anonymous#1", 2), ("anonymous#2", 1), ("anonymous#3", 0)] {
            let answer = connection.send("GET", "/limited", &[(TIER, key)]).await;
            assert_limited(&answer, 200, "limited/hour", 3, remaining);
        }
        let answer = connection.send("GET", "/limited", &[(TIER, "anonymous#4")]).await;
        assert_exceeded(&answer, "limited/hour", 3);
        assert_exceeded(&connection.send("GET", "/limited", &[]).await, "limited/hour", 3);
    }

    async fn the_tier_of_a_looked_up_caller_decides_before_the_limit(program) {
        for (key, status) in [("free:order", 403), ("nobody", 401)] {
            for _ in 0..3 {
                assert_unlimited(&get(program, "/gated", key).await, status);
            }
        }
        for remaining in [1, 0] {
            let answer = get(program, "/gated", "plus:order").await;
            assert_limited(&answer, 200, "gated/hour", 2, remaining);
        }
        assert_exceeded(&get(program, "/gated", "plus:order").await, "gated/hour", 2);
    }

    async fn the_quota_of_the_catalogue_counts_looked_up_callers(program) {
        assert_limited(&get(program, "/another", "free:volume").await, 200, "hour", 5, 3);
        assert_limited(&get(program, "/one", "free:volume").await, 200, "hour", 5, 2);
        assert_limited(&get(program, "/another", "free:volume").await, 200, "hour", 5, 0);
        assert_exceeded(&get(program, "/one", "free:volume").await, "hour", 5);
        assert_unlimited(&get(program, "/unlimited", "free:volume").await, 200);
    }

    async fn an_override_replaces_the_limit_of_a_customer(program) {
        for remaining in [4, 3, 2, 1, 0] {
            let answer = get(program, "/limited", "free:customer-7").await;
            assert_limited(&answer, 200, "limited/hour", 5, remaining);
        }
        assert_exceeded(&get(program, "/limited", "free:customer-7").await, "limited/hour", 5);
        assert_limited(&get(program, "/one", "free:customer-7").await, 200, "hour", 5, 4);
    }

    async fn the_body_is_not_read_while_the_guard_waits(program) {
        let to = program.at(Form::Program);
        let headers = [(TIER, "free:body"), JSON];
        assert_limited(&post(to, "/import", &headers, "[1]").await, 200, "import/hour", 1, 0);
        for body in ["{", "[1]", ""] {
            assert_exceeded(&post(to, "/import", &headers, body).await, "import/hour", 1);
        }
        assert_exceeded(&post_flood(to, "/import", &headers).await, "import/hour", 1);
        let answer = post(to, "/import", &[(TIER, "free:other-body"), JSON], "{").await;
        assert_limited(&answer, 400, "import/hour", 1, 0);
    }

    async fn waiting_calls_on_an_open_connection_do_not_mix(program) {
        let mut connection = Connection::open(program.at(Form::Program)).await;
        for remaining in [2, 1, 0] {
            for key in ["free#open-1", "free:open", "free#open-2"] {
                let answer = connection.send("GET", "/limited", &[(TIER, key)]).await;
                assert_limited(&answer, 200, "limited/hour", 3, remaining);
                assert_unlimited(&connection.send("GET", "/unlimited", &[(TIER, key)]).await, 200);
                assert_unlimited(&connection.send("GET", "/health", &[]).await, 200);
            }
        }
    }
}
