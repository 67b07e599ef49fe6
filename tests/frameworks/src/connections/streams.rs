//! The cases of server-sent events.
//!
//! A program has two such endpoints, which require Plus: `live` at `/live`, and `announcements` at
//! `/announcements`. Both send [`ticks`](super::ticks).
// The names of the cases describe them.
#![allow(missing_docs)]

use super::events::Events;
use super::{GRACE, SOON, Server};
use crate::Tier;
use crate::client::Connection;
use std::time::{Duration, Instant, SystemTime};
use tiergate::Caller;

cases! { streams_tests for SERVER: &'static Server;
    async fn a_downgrade_ends_the_streams_of_its_customer_only(server) {
        let to = server.address();
        server.set("downgraded", Caller::new(Tier::Plus));
        server.set("neighbour", Caller::new(Tier::Plus));
        let mut one = Events::open(to, "/live", "downgraded").await.expect("a stream");
        let mut two = Events::open(to, "/live", "downgraded").await.expect("a stream");
        let mut neighbour = Events::open(to, "/live", "neighbour").await.expect("a stream");
        one.expect_open().await;
        two.expect_open().await;
        // An upgrade ends nothing.
        server.set("downgraded", Caller::new(Tier::Pro));
        one.expect_open().await;
        server.set("downgraded", Caller::new(Tier::Free));
        assert_eq!(one.expect_end(SOON).await, "tier_too_low");
        assert_eq!(two.expect_end(SOON).await, "tier_too_low");
        for _ in 0..20 {
            neighbour.expect_open().await;
        }
        let refused = Events::open(to, "/live", "downgraded").await.err().expect("a refusal");
        assert_eq!(refused.status, 403);
    }

    async fn a_revoked_key_ends_its_streams(server) {
        server.set("revoked", Caller::new(Tier::Plus));
        let mut events = Events::open(server.address(), "/live", "revoked").await.expect("a stream");
        events.expect_open().await;
        server.remove("revoked");
        assert_eq!(events.expect_end(SOON).await, "unknown_caller");
    }

    async fn a_closed_endpoint_ends_its_streams_only(server) {
        let to = server.address();
        server.set("reader", Caller::new(Tier::Pro));
        let mut closed = Events::open(to, "/announcements", "reader").await.expect("a stream");
        let mut open = Events::open(to, "/live", "reader").await.expect("a stream");
        closed.expect_open().await;
        server.close("announcements");
        assert_eq!(closed.expect_end(SOON).await, "endpoint_closed");
        open.expect_open().await;
        let refused = Events::open(to, "/announcements", "reader").await.err().expect("a refusal");
        assert_eq!(refused.status, 503);
    }

    async fn a_trial_ends_its_streams_on_time(server) {
        // The program may still be starting, which must not shorten the trial.
        drop(Connection::open(server.address()).await);
        let end = SystemTime::now() + Duration::from_millis(1500);
        server.set("trial", Caller::new(Tier::Plus).until(end));
        let mut events = Events::open(server.address(), "/live", "trial").await.expect("a stream");
        events.expect_open().await;
        let left = end.duration_since(SystemTime::now()).expect("the trial has just begun");
        assert_eq!(events.expect_end(left + SOON).await, "subscription_expired");
        assert!(SystemTime::now() >= end);
    }

    async fn an_outage_ends_streams_after_the_grace_period(server) {
        server.set("lost", Caller::new(Tier::Plus));
        let mut events = Events::open(server.address(), "/live", "lost").await.expect("a stream");
        events.expect_open().await;
        let start = Instant::now();
        server.lose("lost");
        assert_eq!(events.expect_end(GRACE + SOON).await, "tier_source_unavailable");
        assert!(start.elapsed() >= GRACE);
    }

    async fn a_caller_without_the_tier_gets_a_problem_document(server) {
        server.set("free", Caller::new(Tier::Free));
        for (key, status) in [("free", 403), ("nobody", 401)] {
            let refused = Events::open(server.address(), "/live", key).await.err().expect("a refusal");
            assert_eq!(refused.status, status);
            assert_eq!(refused.headers["content-type"], "application/problem+json");
        }
    }
}
