//! Quotas in rocket: routes that forward, several catalogues, the order of fairings, and addresses.
// The framework's macros determine the signatures of handlers.
#![allow(clippy::needless_pass_by_value)]

use rocket::fairing::AdHoc;
use rocket::http::{Header, Status};
use rocket::local::blocking::Client;
use rocket::request::{FromRequest, Outcome};
use rocket::{Build, Request, Rocket, get, routes};
use std::net::SocketAddr;
use std::time::Duration;
use tiergate::rocket::{problems, set_caller};
use tiergate::{Caller, Catalogue, Quotas, requires_tier};
use tiergate_tests_conformance::{TIER, Tier, caller_with};

mod units {
    use super::{Catalogue, NotForAll, Tier, get, requires_tier};

    #[requires_tier(Free, limit = "3/hour", cost = 2)]
    #[get("/units/<id>")]
    pub(super) fn unit(id: u32) -> String {
        format!("unit {id}")
    }

    #[requires_tier(Free, limit = "9/hour")]
    #[get("/units/<name>", rank = 2)]
    pub(super) fn unit_by_name(name: &str) -> String {
        format!("unit named {name}")
    }

    #[requires_tier(Free, limit = "3/hour")]
    #[get("/search")]
    pub(super) fn search() -> &'static str {
        "search"
    }

    #[requires_tier(Plus, limit = "3/hour")]
    #[get("/export")]
    pub(super) fn export() -> &'static str {
        "export"
    }

    #[requires_tier(Free, limit = "3/hour")]
    #[get("/export", rank = 2)]
    pub(super) fn short_export() -> &'static str {
        "short export"
    }

    #[requires_tier(Free, limit = "3/hour")]
    #[get("/beta", rank = 3)]
    pub(super) fn beta(_only: NotForAll) -> &'static str {
        "beta"
    }

    #[requires_tier(Free, limit = "1/hour")]
    #[get("/beta", rank = 4)]
    pub(super) fn stable() -> &'static str {
        "stable"
    }

    #[derive(Catalogue)]
    #[catalogue(tier = Tier, quota = "20/hour")]
    pub(super) struct Api;
}

mod plans {
    use super::{Catalogue, get, requires_tier};

    #[derive(Clone, Copy, tiergate::Tier)]
    pub(super) enum Plan {
        Gold,
    }

    #[requires_tier(Plan::Gold)]
    #[get("/gold")]
    pub(super) fn gold() -> &'static str {
        "gold"
    }

    #[derive(Catalogue)]
    #[catalogue(tier = Plan, quota = "1/hour")]
    pub(super) struct Api;
}

/// Forwards requests with the header `x-forward`.
struct NotForAll;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for NotForAll {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        if request.headers().contains("x-forward") {
            return Outcome::Forward(Status::NotFound);
        }
        Outcome::Success(Self)
    }
}

/// Returns quotas in memory whose clock stands still.
fn quotas<C: Catalogue>() -> Quotas {
    Quotas::local::<C>().with_clock(|| Duration::from_secs(1))
}

fn authentication() -> AdHoc {
    AdHoc::on_request("authentication", |request, _| {
        let tier = request.headers().get_one(TIER).unwrap_or("free");
        let mut caller = caller_with(Some(tier));
        if !caller.is_anonymous() {
            caller = caller.with_id("customer-7");
        }
        set_caller(request, caller);
        let gold = Caller::new(plans::Plan::Gold).with_id("customer-7");
        set_caller(request, gold);
        Box::pin(std::future::ready(()))
    })
}

fn server() -> Rocket<Build> {
    let units = routes![
        units::unit,
        units::unit_by_name,
        units::search,
        units::export,
        units::short_export,
        units::beta,
        units::stable,
    ];
    let server = rocket::build().mount("/", units);
    server.mount("/", routes![plans::gold])
}

fn client(server: Rocket<Build>) -> Client {
    Client::untracked(server).expect("a server")
}

/// Sends a request. Returns the status, what remains of the limits, and the body.
fn send(client: &Client, path: &str, headers: &[(&'static str, &'static str)]) -> Sent {
    sent(
        headers
            .iter()
            .fold(client.get(path.to_owned()), |request, (name, value)| {
                request.header(Header::new(*name, *value))
            }),
    )
}

struct Sent {
    status: u16,
    state: String,
    retry_after: String,
    body: String,
}

impl Sent {
    fn as_parts(&self) -> (u16, &str, &str) {
        (self.status, &self.state, &self.body)
    }

    fn code(&self) -> String {
        let document: serde_json::Value = serde_json::from_str(&self.body).expect("a document");
        document["code"].as_str().expect("a code").to_owned()
    }
}

fn sent(request: rocket::local::blocking::LocalRequest<'_>) -> Sent {
    let response = request.dispatch();
    let header = |name: &str| {
        response
            .headers()
            .get_one(name)
            .unwrap_or_default()
            .to_owned()
    };
    Sent {
        status: response.status().code,
        state: header("ratelimit"),
        retry_after: header("retry-after"),
        body: response.into_string().unwrap_or_default(),
    }
}

#[test]
fn a_request_counts_for_each_guard_that_lets_it_through() {
    let server = server()
        .attach(quotas::<units::Api>())
        .attach(authentication());
    let client = client(server.attach(problems()));
    let by_id = r#""unit/hour";r=2;t=3600, "hour";r=18;t=3600"#;
    assert_eq!(
        send(&client, "/units/7", &[]).as_parts(),
        (200, by_id, "unit 7")
    );
    // The guard of `unit` runs before rocket parses the id, so this request is a call of both endpoints.
    let by_name = r#""unit_by_name/hour";r=8;t=3600, "hour";r=15;t=3600"#;
    assert_eq!(
        send(&client, "/units/seven", &[]).as_parts(),
        (200, by_name, "unit named seven")
    );
    let by_id = r#""unit/hour";r=0;t=3600, "hour";r=13;t=3600"#;
    assert_eq!(
        send(&client, "/units/7", &[]).as_parts(),
        (200, by_id, "unit 7")
    );
    // A refusal is final: the next route isn't tried.
    for path in ["/units/7", "/units/seven"] {
        let refused = send(&client, path, &[]);
        assert_eq!(
            (refused.status, refused.code()),
            (429, "quota_exceeded".into())
        );
        assert_eq!(refused.state, by_id);
        assert!(!refused.retry_after.is_empty());
    }
}

#[test]
fn a_guard_behind_a_forwarding_guard_counts_too() {
    let server = server()
        .attach(quotas::<units::Api>())
        .attach(authentication());
    let client = client(server.attach(problems()));
    let beta = r#""beta/hour";r=2;t=3600, "hour";r=19;t=3600"#;
    assert_eq!(send(&client, "/beta", &[]).as_parts(), (200, beta, "beta"));
    // The gated route forwards after its guard let the request through.
    let stable = r#""stable/hour";r=0;t=3600, "hour";r=17;t=3600"#;
    let forward = [("x-forward", "")];
    assert_eq!(
        send(&client, "/beta", &forward).as_parts(),
        (200, stable, "stable")
    );
    let refused = send(&client, "/beta", &forward);
    assert_eq!(
        (refused.status, refused.code()),
        (429, "quota_exceeded".into())
    );
    // The refused request was nevertheless a call of `beta`.
    let refused = send(&client, "/beta", &[]);
    assert_eq!(
        (refused.status, refused.code()),
        (429, "quota_exceeded".into())
    );
}

#[test]
fn a_refusal_for_the_tier_takes_nothing_and_hides_the_next_route() {
    let server = server()
        .attach(quotas::<units::Api>())
        .attach(authentication());
    let client = client(server.attach(problems()));
    for _ in 0..3 {
        let refused = send(&client, "/export", &[]);
        assert_eq!(
            (refused.status, refused.code()),
            (403, "tier_too_low".into())
        );
        assert_eq!(refused.state, "");
    }
    let exported = send(&client, "/export", &[(TIER, "plus")]);
    let state = r#""export/hour";r=2;t=3600, "hour";r=19;t=3600"#;
    assert_eq!(exported.as_parts(), (200, state, "export"));
}

#[test]
fn each_catalogue_has_its_own_quotas() {
    let orders: [fn(Rocket<Build>) -> Rocket<Build>; 2] = [
        |server| {
            server
                .attach(quotas::<units::Api>())
                .attach(quotas::<plans::Api>())
        },
        |server| {
            server
                .attach(quotas::<plans::Api>())
                .attach(quotas::<units::Api>())
        },
    ];
    for attach in orders {
        let server = attach(server()).attach(authentication());
        let client = client(server.attach(problems()));
        let gold = send(&client, "/gold", &[]);
        assert_eq!(gold.as_parts(), (200, r#""hour";r=0;t=3600"#, "gold"));
        assert_eq!(send(&client, "/gold", &[]).status, 429);
        let search = r#""search/hour";r=2;t=3600, "hour";r=19;t=3600"#;
        assert_eq!(
            send(&client, "/search", &[]).as_parts(),
            (200, search, "search")
        );
    }
}

#[test]
fn the_last_quotas_of_a_catalogue_count_its_calls_once() {
    let (first, last) = (quotas::<units::Api>(), quotas::<units::Api>());
    let server = server().attach(first.clone()).attach(last.clone());
    let client = client(server.attach(last.clone()).attach(authentication()));
    for remaining in [2, 1, 0] {
        let state = send(&client, "/search", &[]).state;
        assert!(
            state.starts_with(&format!("\"search/hour\";r={remaining};")),
            "{state}"
        );
    }
    assert_eq!(first.counter_count(), 0);
}

#[test]
fn quotas_of_another_catalogue_refuse_limited_endpoints() {
    let server = server()
        .attach(quotas::<plans::Api>())
        .attach(authentication());
    let client = client(server.attach(problems()));
    let refused = send(&client, "/search", &[]);
    assert_eq!(
        (refused.status, refused.code()),
        (500, "missing_quota_layer".into())
    );
    assert_eq!(refused.state, "");
}

#[test]
fn missing_quotas_refuse_limited_endpoints() {
    let client = client(server().attach(authentication()).attach(problems()));
    let refused = send(&client, "/search", &[]);
    assert_eq!(
        (refused.status, refused.code()),
        (500, "missing_quota_layer".into())
    );
    // The tier decides first.
    assert_eq!(send(&client, "/export", &[]).status, 403);
}

#[test]
fn the_order_of_fairings_does_not_matter() {
    let orders: [fn(Rocket<Build>) -> Rocket<Build>; 3] = [
        |server| {
            server
                .attach(quotas::<units::Api>())
                .attach(authentication())
                .attach(problems())
        },
        |server| {
            server
                .attach(problems())
                .attach(authentication())
                .attach(quotas::<units::Api>())
        },
        |server| {
            server
                .attach(authentication())
                .attach(problems())
                .attach(quotas::<units::Api>())
        },
    ];
    for attach in orders {
        let client = client(attach(server()));
        for remaining in [2, 1, 0] {
            let state = send(&client, "/search", &[]).state;
            assert!(
                state.starts_with(&format!("\"search/hour\";r={remaining};")),
                "{state}"
            );
        }
        let refused = send(&client, "/search", &[]);
        assert_eq!(
            (refused.status, refused.code()),
            (429, "quota_exceeded".into())
        );
        assert_eq!(
            refused.state,
            r#""search/hour";r=0;t=3600, "hour";r=17;t=3600"#
        );
        assert!(!refused.retry_after.is_empty());
    }
}

#[test]
fn a_catchers_response_has_the_headers_too() {
    let server = server()
        .attach(quotas::<units::Api>())
        .attach(authentication());
    let client = client(server);
    for status in [200, 200, 200, 429] {
        let answer = send(&client, "/search", &[]);
        assert_eq!(answer.status, status);
        assert!(
            answer.state.starts_with("\"search/hour\";r="),
            "{}",
            answer.state
        );
    }
}

#[test]
fn a_head_request_takes_what_the_get_request_takes() {
    let server = server()
        .attach(quotas::<units::Api>())
        .attach(authentication());
    let client = client(server.attach(problems()));
    for status in [200, 200, 200, 429] {
        let answer = sent(client.head("/search"));
        assert_eq!((answer.status, answer.body.as_str()), (status, ""));
    }
    assert_eq!(send(&client, "/search", &[]).status, 429);
}

#[test]
fn only_the_connection_and_trusted_proxies_state_the_address() {
    let figment = rocket::Config::figment().merge(("ip_header", "x-real-ip"));
    let server = |quotas: Quotas| {
        let server = rocket::custom(&figment).mount("/", routes![units::search]);
        client(
            server
                .attach(quotas)
                .attach(authentication())
                .attach(problems()),
        )
    };
    let status = |client: &Client, peer: Option<&str>, headers: &[(&'static str, &'static str)]| {
        let mut request = client.get("/search").header(Header::new(TIER, "anonymous"));
        if let Some(peer) = peer {
            let peer: SocketAddr = format!("{peer}:1234").parse().expect("an address");
            request = request.remote(peer);
        }
        for (name, value) in headers {
            request.add_header(Header::new(*name, *value));
        }
        sent(request).status
    };
    let alone = server(quotas::<units::Api>());
    for expected in [200, 200, 200, 429] {
        assert_eq!(status(&alone, Some("192.0.2.1"), &[]), expected);
    }
    for name in ["x-real-ip", "x-forwarded-for", "forwarded"] {
        assert_eq!(
            status(&alone, Some("192.0.2.1"), &[(name, "192.0.2.9")]),
            429,
            "{name}"
        );
    }
    assert_eq!(status(&alone, Some("192.0.2.2"), &[]), 200);
    // Nothing identifies a caller on a Unix socket.
    assert_eq!(
        status(&alone, None, &[("x-forwarded-for", "192.0.2.9")]),
        500
    );

    let trusting = quotas::<units::Api>().trusted_proxies(["10.0.0.0/8"]);
    let proxied = server(trusting.expect("a network"));
    for expected in [200, 200, 200, 429] {
        let headers = [
            ("x-forwarded-for", "6.6.6.6, 192.0.2.1"),
            ("x-real-ip", "6.6.6.6"),
        ];
        assert_eq!(status(&proxied, Some("10.0.0.1"), &headers), expected);
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
        assert_eq!(
            status(&proxied, Some("10.0.0.9"), headers),
            429,
            "{headers:?}"
        );
    }
    assert_eq!(
        status(
            &proxied,
            Some("192.0.2.1"),
            &[("x-forwarded-for", "8.8.8.8")]
        ),
        429
    );
    assert_eq!(
        status(
            &proxied,
            Some("10.0.0.1"),
            &[("x-forwarded-for", "8.8.8.8")]
        ),
        200
    );
}

#[test]
fn a_fairing_can_replace_the_address() {
    let proxy = AdHoc::on_request("PROXY protocol", |request, _| {
        let address = request.headers().get_one("x-proxied").map(str::to_owned);
        let address = address.and_then(|address| address.parse().ok());
        if let Some(address) = address {
            request.set_remote(SocketAddr::new(address, 1234));
        }
        Box::pin(std::future::ready(()))
    });
    let server = server()
        .attach(quotas::<units::Api>())
        .attach(authentication());
    let client = client(server.attach(proxy).attach(problems()));
    for address in ["192.0.2.1", "192.0.2.2"] {
        let headers = [(TIER, "anonymous"), ("x-proxied", address)];
        for status in [200, 200, 200, 429] {
            assert_eq!(send(&client, "/search", &headers).status, status);
        }
    }
}
