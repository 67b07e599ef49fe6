//! Quotas in salvo: several hoops, and addresses.

use salvo::http::header::HeaderName;
use salvo::{Depot, FlowCtrl, Handler, Request, Response, Writer, handler};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tiergate::quota::PeerAddress;
use tiergate::{Caller, Catalogue, Quotas, requires_tier};
use tiergate_tests_conformance::Tier;

#[requires_tier(Free, get = "/search", limit = "3/hour")]
#[handler]
async fn search() -> &'static str {
    "search"
}

#[requires_tier(Plus, get = "/export", limit = "3/hour")]
#[handler]
async fn export() -> &'static str {
    "export"
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, quota = "20/hour")]
struct Api;

/// Returns quotas in memory whose clock stands still.
fn quotas() -> Quotas {
    Quotas::local::<Api>().with_clock(|| Duration::from_secs(1))
}

#[handler]
async fn customer(depot: &mut Depot) {
    depot.insert_typed(Caller::new(Tier::Free).with_id("customer-7"));
}

#[handler]
async fn anonymous(depot: &mut Depot) {
    depot.insert_typed(Caller::anonymous(Tier::Free));
}

/// Sends a request through these hoops to a handler. Returns the status, and what remains of the limits.
async fn send(handlers: Vec<Arc<dyn Handler>>, mut request: Request) -> (u16, String) {
    let (mut depot, mut response) = (Depot::new(), Response::new());
    FlowCtrl::new(handlers)
        .call_next(&mut request, &mut depot, &mut response)
        .await;
    let state = response.headers().get("ratelimit");
    let state = state.map(|state| state.to_str().expect("a text").to_owned());
    (
        response.status_code.map_or(200, |status| status.as_u16()),
        state.unwrap_or_default(),
    )
}

/// Creates the handlers of a route from its hoops and its handler.
macro_rules! chain {
    ($($handler:expr),+) => {
        vec![$(Arc::new($handler) as Arc<dyn Handler>),+]
    };
}

fn from(peer: &str, headers: &[(&'static str, &str)]) -> Request {
    let mut request = Request::new();
    let peer: IpAddr = peer.parse().expect("an address");
    *request.remote_addr_mut() = SocketAddr::new(peer, 1234).into();
    for (name, value) in headers {
        let value = value.parse().expect("a value");
        request
            .headers_mut()
            .append(HeaderName::from_static(name), value);
    }
    request
}

fn state(remaining: u32) -> String {
    let of_catalogue = 17 + remaining;
    format!("\"search/hour\";r={remaining};t=3600, \"hour\";r={of_catalogue};t=3600")
}

#[tokio::test]
async fn the_innermost_hoop_counts_each_call_once() {
    let (outer, inner) = (quotas(), quotas());
    for remaining in [2, 1, 0] {
        let answer = send(
            chain![outer.clone(), customer, inner.clone(), search],
            Request::new(),
        )
        .await;
        assert_eq!(answer, (200, state(remaining)));
    }
    assert_eq!(outer.counter_count(), 0);
    // Clones share the counters, but the call isn't counted twice.
    for remaining in [2, 1, 0] {
        let answer = send(
            chain![outer.clone(), outer.clone(), customer, search],
            Request::new(),
        )
        .await;
        assert_eq!(answer, (200, state(remaining)));
    }
    let refused = send(
        chain![outer.clone(), outer.clone(), customer, search],
        Request::new(),
    )
    .await;
    assert_eq!(refused, (429, state(0)));
}

#[tokio::test]
async fn quotas_outside_or_inside_of_the_authentication_count() {
    let quotas = quotas();
    assert_eq!(
        send(chain![quotas.clone(), customer, search], Request::new()).await,
        (200, state(2))
    );
    assert_eq!(
        send(chain![customer, quotas.clone(), search], Request::new()).await,
        (200, state(1))
    );
    // A call that is refused for its tier takes nothing.
    assert_eq!(
        send(chain![quotas.clone(), customer, export], Request::new()).await,
        (403, String::new())
    );
    assert_eq!(
        send(chain![quotas.clone(), customer, search], Request::new()).await,
        (200, state(0))
    );
    assert_eq!(
        send(chain![quotas.clone(), customer, search], Request::new()).await,
        (429, state(0))
    );
}

#[tokio::test]
async fn missing_quotas_refuse_limited_endpoints() {
    assert_eq!(
        send(chain![customer, search], Request::new()).await,
        (500, String::new())
    );
    // The tier decides first.
    assert_eq!(
        send(chain![customer, export], Request::new()).await,
        (403, String::new())
    );
}

#[tokio::test]
async fn only_the_connection_and_trusted_proxies_state_the_address() {
    let alone = quotas();
    for expected in [200, 200, 200, 429] {
        let answer = send(
            chain![alone.clone(), anonymous, search],
            from("192.0.2.1", &[]),
        )
        .await;
        assert_eq!(answer.0, expected);
    }
    for name in ["x-real-ip", "x-forwarded-for", "forwarded"] {
        let request = from("192.0.2.1", &[(name, "192.0.2.9")]);
        assert_eq!(
            send(chain![alone.clone(), anonymous, search], request)
                .await
                .0,
            429,
            "{name}"
        );
    }
    let request = from("192.0.2.2", &[]);
    assert_eq!(
        send(chain![alone.clone(), anonymous, search], request)
            .await
            .0,
        200
    );
    // Nothing identifies a caller on a Unix socket.
    let mut request = Request::new();
    request
        .headers_mut()
        .insert("x-forwarded-for", "192.0.2.9".parse().expect("a value"));
    assert_eq!(
        send(chain![alone.clone(), anonymous, search], request).await,
        (500, String::new())
    );

    let trusting = quotas().trusted_proxies(["10.0.0.0/8"]).expect("a network");
    for expected in [200, 200, 200, 429] {
        let request = from("10.0.0.1", &[("x-forwarded-for", "6.6.6.6, 192.0.2.1")]);
        assert_eq!(
            send(chain![trusting.clone(), anonymous, search], request)
                .await
                .0,
            expected
        );
    }
    for headers in [
        &[("x-forwarded-for", "192.0.2.1")][..],
        &[
            ("x-forwarded-for", "7.7.7.7"),
            ("x-forwarded-for", "192.0.2.1"),
        ],
        &[
            ("x-forwarded-for", "192.0.2.1"),
            ("x-forwarded-for", "10.0.0.2"),
        ],
    ] {
        let answer = send(
            chain![trusting.clone(), anonymous, search],
            from("10.0.0.9", headers),
        )
        .await;
        assert_eq!(answer.0, 429, "{headers:?}");
    }
    let request = from("192.0.2.1", &[("x-forwarded-for", "8.8.8.8")]);
    assert_eq!(
        send(chain![trusting.clone(), anonymous, search], request)
            .await
            .0,
        429
    );
}

#[tokio::test]
async fn an_inserted_address_takes_precedence() {
    let quotas = quotas();
    for (inserted, status) in [
        ("192.0.2.1", 200),
        ("192.0.2.1", 200),
        ("192.0.2.1", 200),
        ("192.0.2.1", 429),
        ("192.0.2.2", 200),
    ] {
        let mut request = from("10.0.0.1", &[]);
        let address = PeerAddress(inserted.parse().expect("an address"));
        request.extensions_mut().insert(address);
        let answer = send(chain![quotas.clone(), anonymous, search], request).await;
        assert_eq!(answer.0, status, "{inserted}");
    }
}
