//! Whose limits a request takes from.

use super::{Answer, call, quotas, reached};
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tiergate::quota::PeerAddress;
use tiergate::source::{ApiKey, Credential, SourceError};
use tiergate::tower::EnforceLayer;
use tiergate::{Caller, Catalogue, Quotas, QuotasService, TierLayer, endpoint};
use tiergate_tests_conformance::Tier;
use tower::{Layer, service_fn};

endpoint! {
    search(Free, get = "/search", limit = "1/hour");
    free(Free, get = "/free");
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(search, free))]
struct Api;

fn anonymous() -> axum::http::request::Builder {
    Request::get("/search").extension(Caller::anonymous(Tier::Free))
}

async fn search_with(quotas: &Quotas, request: axum::http::request::Builder) -> Answer {
    let enforce = EnforceLayer::<Api>::new().layer(service_fn(reached));
    let request = request.body(Body::empty()).expect("a request");
    call(&quotas.layer(enforce), request).await
}

fn peer(address: &str) -> PeerAddress {
    PeerAddress(address.parse().expect("an address"))
}

fn connection(address: &str) -> ConnectInfo<SocketAddr> {
    let address: IpAddr = address.parse().expect("an address");
    ConnectInfo((address, 1234).into())
}

#[tokio::test]
async fn anonymous_callers_are_limited_by_the_address_of_the_peer() {
    let quotas = quotas::<Api>();
    for (request, status) in [
        (anonymous().extension(peer("192.0.2.1")), 200),
        (anonymous().extension(peer("192.0.2.1")), 429),
        (anonymous().extension(peer("192.0.2.2")), 200),
        // The same addresses, of the connection.
        (anonymous().extension(connection("192.0.2.2")), 429),
        (anonymous().extension(connection("192.0.2.3")), 200),
        // A `PeerAddress` takes precedence.
        (
            anonymous()
                .extension(connection("192.0.2.3"))
                .extension(peer("192.0.2.4")),
            200,
        ),
        (
            anonymous()
                .extension(connection("192.0.2.5"))
                .extension(peer("192.0.2.4")),
            429,
        ),
        // A client can send any header.
        (
            anonymous()
                .extension(peer("192.0.2.1"))
                .header("x-forwarded-for", "192.0.2.9"),
            429,
        ),
        (
            anonymous()
                .extension(peer("192.0.2.1"))
                .header("forwarded", "for=192.0.2.9"),
            429,
        ),
    ] {
        let text = format!("{request:?}");
        assert_eq!(search_with(&quotas, request).await.status, status, "{text}");
    }
}

#[tokio::test]
async fn a_caller_whom_nothing_identifies_is_refused() {
    let quotas = quotas::<Api>();
    for request in [
        anonymous(),
        anonymous().header("x-forwarded-for", "192.0.2.9"),
        Request::get("/search").extension(Caller::new(Tier::Pro)),
    ] {
        let answer = search_with(&quotas, request).await;
        assert_eq!(
            (answer.status, answer.code()),
            (500, "missing_quota_layer".into())
        );
    }
    // Nothing limits this endpoint.
    let request = Request::get("/free").extension(Caller::anonymous(Tier::Free));
    assert_eq!(search_with(&quotas, request).await.status, 200);
}

#[tokio::test]
async fn a_trusted_proxy_states_the_address() {
    let quotas = quotas::<Api>()
        .trusted_proxies(["10.0.0.0/8"])
        .expect("a network");
    let forwarded = |proxy: &str, value: &str| {
        anonymous()
            .extension(peer(proxy))
            .header("x-forwarded-for", value)
    };
    for (request, status) in [
        (forwarded("10.0.0.1", "192.0.2.1"), 200),
        (forwarded("10.0.0.2", "6.6.6.6, 192.0.2.1"), 429),
        (
            forwarded("10.0.0.2", "6.6.6.6").header("x-forwarded-for", "192.0.2.1"),
            429,
        ),
        (forwarded("10.0.0.2", "192.0.2.1, 192.0.2.2"), 200),
        // This peer isn't a proxy.
        (forwarded("192.0.2.2", "192.0.2.3"), 429),
    ] {
        let text = format!("{request:?}");
        assert_eq!(search_with(&quotas, request).await.status, status, "{text}");
    }
}

#[tokio::test]
async fn a_tier_layer_identifies_callers_by_their_id_or_by_their_key() {
    let lookups = Arc::new(AtomicUsize::new(0));
    let counter = lookups.clone();
    let source = move |key: ApiKey| {
        counter.fetch_add(1, Ordering::SeqCst);
        async move {
            match key.expose().split_once('-') {
                Some((id, _)) => Ok(Caller::new(Tier::Plus).with_id(id)),
                None if key.expose() == "unknown" => Err(SourceError::UnknownCaller),
                None => Ok(Caller::new(Tier::Plus)),
            }
        }
    };
    let tiers = TierLayer::new(source)
        .credential(Credential::header("x-api-key"))
        .anonymous(Tier::Free);
    let enforce = EnforceLayer::<Api>::new().layer(service_fn(reached));
    let quotas = quotas::<Api>();
    // The order of the two outer layers doesn't matter.
    let service: QuotasService<_> = quotas.layer(tiers.layer(enforce.clone()));
    let reversed = tiers.layer(quotas.layer(enforce));
    for (key, status) in [
        (Some("customer-1"), 200),
        // Another key of the same customer.
        (Some("customer-2"), 429),
        (Some("other-1"), 200),
        (Some("nameless"), 200),
        (Some("nameless"), 429),
        (Some("nameless2"), 200),
        (Some("unknown"), 401),
        (None, 200),
        (None, 429),
    ] {
        let request = || {
            let mut request = Request::get("/search").extension(peer("192.0.2.1"));
            if let Some(key) = key {
                request = request.header("x-api-key", key);
            }
            request.body(Body::empty()).expect("a request")
        };
        assert_eq!(call(&service, request()).await.status, status, "{key:?}");
        if status != 200 {
            assert_eq!(call(&reversed, request()).await.status, status, "{key:?}");
        }
    }
    // Each request that has a key looks it up once.
    assert_eq!(lookups.load(Ordering::SeqCst), 7 + 3);
}
