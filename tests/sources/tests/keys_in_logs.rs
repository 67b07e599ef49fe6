//! No API key appears in a log, a span, an error's text or a response, however a store repeats it.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use sqlx::Executor;
use sqlx::sqlite::SqlitePoolOptions;
use std::error::Error;
use std::fmt::{self, Write};
use std::io;
use std::sync::Arc;
use tiergate::Caller;
use tiergate::source::{
    ApiKey, Credential, KeyHash, RedisSource, SourceError, SqlSource, TierSource,
};
use tiergate::{Cached, Catalogue, TierLayer, requires_tier};
use tiergate_tests_sources::Tier;
use tiergate_tests_sources::notes::Notes;
use tiergate_tests_sources::servers::{Postgres, Redis};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tower::ServiceExt;
use tracing::Instrument;

#[requires_tier(Pro, get = "/export")]
async fn export() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, state = (), handlers(export))]
struct Api;

/// Every encoding escapes a part of this key. It differs from its lower-case and upper-case forms.
const KEY: &str = "S3cret/+= \"\\'<é>%&{}";

/// The part of the key that most encodings leave unchanged.
const PLAIN: &str = "S3cret";

fn bytes_as(key: &str, format: impl Fn(u8) -> String) -> String {
    key.bytes().map(format).collect()
}

/// Percent-encodes non-alphanumeric bytes.
fn percent(key: &str, is_upper: bool) -> String {
    bytes_as(key, |byte| match byte {
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte if is_upper => format!("%{byte:02X}"),
        byte => format!("%{byte:02x}"),
    })
}

fn base64(key: &str, last: [char; 2]) -> String {
    let alphabet: Vec<char> = ('A'..='Z')
        .chain('a'..='z')
        .chain('0'..='9')
        .chain(last)
        .collect();
    let mut text = String::new();
    for three in key.as_bytes().chunks(3) {
        let padded = [0, 1, 2].map(|index| three.get(index).copied().unwrap_or_default());
        let bits = u32::from_be_bytes([0, padded[0], padded[1], padded[2]]);
        for index in 0..=three.len() {
            let place = (bits >> (18 - 6 * index)) & 63;
            text.push(alphabet[usize::try_from(place).expect("six bits")]);
        }
    }
    text
}

/// Returns the key in the encodings that stores, clients and formatters use.
fn encodings(key: &str) -> Vec<String> {
    vec![
        key.to_owned(),
        percent(key, true),
        percent(key, false),
        bytes_as(key, |byte| format!("%{byte:02x}")),
        percent(&percent(key, true), true),
        percent(key, true).replace("%20", "+"),
        percent(key, true).replace("%2F", "/").replace("%2B", "+"),
        format!("{key:?}"),
        format!("{:?}", format!("{key:?}")),
        key.escape_unicode().to_string(),
        key.escape_default().to_string(),
        serde_json::to_string(key).expect("a text"),
        key.chars().fold(String::new(), |mut text, letter| {
            let _ = write!(text, "\\u{:04x}", u32::from(letter));
            text
        }),
        key.chars().fold(String::new(), |mut text, letter| {
            let _ = write!(text, "&#{};", u32::from(letter));
            text
        }),
        base64(key, ['+', '/']),
        base64(key, ['-', '_']),
        bytes_as(key, |byte| format!("{byte:02x}")),
        bytes_as(key, |byte| format!("{byte:02X}")),
        format!("{:?}", key.as_bytes()),
        key.to_lowercase(),
        key.to_uppercase(),
        key.chars().rev().collect(),
    ]
}

/// Checks that a text contains no encoding of the key.
fn assert_clean(text: &str, what: &str) {
    for encoding in encodings(KEY).iter().chain(&encodings(PLAIN)) {
        assert!(!text.contains(encoding), "{what}: {encoding} is in\n{text}");
    }
}

/// Sends a request with the key through a source, with and without a cache. Checks all logs, responses
/// and errors.
fn check<S: TierSource<Tier = Tier>>(what: &str, source: impl AsyncFn() -> S) {
    let notes = Notes::of(async {
        let source = Arc::new(source().await);
        let layers = [
            TierLayer::new(source.clone()),
            TierLayer::new(Cached::new(source.clone())),
        ];
        for layer in layers {
            let layer = layer.credential(Credential::extension());
            assert_clean(&format!("{layer:?}"), what);
            let app = Api::router().layer(layer);
            let mut request = Request::get("/export?key=S3cret")
                .body(Body::empty())
                .unwrap();
            request
                .extensions_mut()
                .insert(ApiKey::new(KEY).with_claimed_id(KEY));
            let span = tracing::info_span!(
                "request",
                tiergate.endpoint = tracing::field::Empty,
                tiergate.tier = tracing::field::Empty,
                tiergate.caller = tracing::field::Empty
            );
            let response = app.oneshot(request).instrument(span).await.unwrap();
            assert_ne!(response.status(), 200, "{what}");
            let head = format!("{:?}", response.headers());
            let body = to_bytes(response.into_body(), 10_000).await.unwrap();
            assert_clean(&head, what);
            assert_clean(&String::from_utf8_lossy(&body), what);
        }
        // Some programs log the error themselves.
        if let Err(error) = source.find(&ApiKey::new(KEY)).await {
            assert_clean(&format!("{error} {error:?} {error:#?}"), what);
            let mut next = error.source();
            while let Some(error) = next {
                assert_clean(&format!("{error} {error:?}"), what);
                next = error.source();
            }
        }
    });
    let is_refused = |line: &String| line.contains("message=refused");
    assert_eq!(
        notes.iter().filter(|line| is_refused(line)).count(),
        2,
        "{what}"
    );
    // sqlx logs the program's queries, which must not contain the key either.
    assert_clean(&notes.join("\n"), what);
}

/// An error that shows its text in every possible place.
struct Leaky(String, io::Error);

impl Leaky {
    fn new(text: &str) -> Self {
        Self(text.to_owned(), io::Error::other(text.to_owned()))
    }
}

impl fmt::Debug for Leaky {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Leaky {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Leaky {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.1)
    }
}

/// A source that the program implements itself.
struct Own<F>(F);

impl<F> TierSource for Own<F>
where
    F: Fn() -> Result<Caller<Tier>, SourceError> + Send + Sync + 'static,
{
    type Tier = Tier;

    async fn find(&self, _: &ApiKey) -> Result<Caller<Tier>, SourceError> {
        (self.0)()
    }
}

#[test]
fn a_custom_source() {
    for text in encodings(KEY) {
        let failures: [fn(&str) -> SourceError; 8] = [
            |text| SourceError::unavailable(text),
            |text| SourceError::invalid_tier(text.to_owned()),
            |text| SourceError::unavailable(Leaky::new(text)),
            |text| SourceError::invalid_tier(io::Error::other(Leaky::new(text))),
            |text| SourceError::Unavailable(Arc::new(Leaky::new(text))),
            |text| SourceError::unavailable(sqlx::Error::Protocol(text.to_owned())),
            |text| SourceError::unavailable(SourceError::unavailable(Leaky::new(text))),
            |text| text.parse::<Tier>().expect_err("no tier").into(),
        ];
        for fail in failures {
            let text = text.clone();
            check(&text.clone(), async || {
                let text = text.clone();
                Own(move || Err(fail(&text)))
            });
        }
    }
    // The source returns the key as the caller's id by mistake.
    check("an id", async || {
        Own(|| Ok(Caller::new(Tier::Free).with_id(KEY)))
    });
    check("an id", async || {
        Own(|| Ok(Caller::new(Tier::Free).with_id(format!("key {KEY}"))))
    });
}

/// Queries that repeat the key as the tier, as the id, or in an error.
const ON_SQLITE: [&str; 16] = [
    "SELECT $1",
    "SELECT hex($1)",
    "SELECT quote($1)",
    "SELECT json_quote($1)",
    "SELECT 'Free', $1",
    "SELECT json_extract('{}', $1)",
    "SELECT json($1)",
    "SELECT tier FROM missing WHERE key = $1",
    "SELECT 'Free' UNION SELECT $1",
    "SELECT 'Free' AS tier, $1 AS until",
    "SELECT 'Free' AS tier, 1 AS until, $1 AS then_tier",
    "SELECT 'Free' AS tier, $1 AS features",
    "SELECT 'Free' AS tier, hex($1) AS features",
    "SELECT 'Free' AS tier, lower(hex($1)) AS features",
    "SELECT 'Free' AS tier, json_array($1) AS features",
    "SELECT 'Free' AS tier, $1 AS plan_version",
];

#[test]
fn sqlite() {
    for query in ON_SQLITE {
        check(query, async || {
            let pool = SqlitePoolOptions::new().max_connections(1);
            let pool = pool.connect("sqlite::memory:").await.expect("SQLite");
            SqlSource::<Tier, _>::new(pool, query)
        });
    }
}

/// Functions that raise errors with texts derived from the key, with different SQLSTATEs.
const FUNCTIONS: &str = "
    CREATE FUNCTION fail(text, text) RETURNS text LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '%', $1 USING ERRCODE = $2, DETAIL = $1, HINT = $1, TABLE = $1, COLUMN = $1;
    END $$;
    CREATE FUNCTION url(text) RETURNS text LANGUAGE sql AS $$
        SELECT string_agg('%' || lpad(to_hex(get_byte(convert_to($1, 'UTF8'), i)), 2, '0'), '')
        FROM generate_series(0, length(convert_to($1, 'UTF8')) - 1) i
    $$";

const ON_POSTGRES: [&str; 17] = [
    "SELECT $1",
    "SELECT to_json($1)::text",
    "SELECT quote_literal($1)",
    "SELECT url($1)",
    "SELECT encode(convert_to($1, 'UTF8'), 'base64')",
    "SELECT encode(convert_to($1, 'UTF8'), 'escape')",
    "SELECT 'Free', $1",
    "SELECT $1::json::text",
    "SELECT $1::uuid::text",
    "SELECT to_regclass($1)::text, $1::regclass::text",
    "SELECT tier FROM missing WHERE key = $1",
    "SELECT fail($1, '42P01')",
    "SELECT fail(url($1), '22023')",
    "SELECT fail(to_json($1)::text, '55000')",
    "SELECT fail(upper($1), 'P0001')",
    "SELECT 'Free' AS tier, ARRAY[$1, lower($1), reverse($1)] AS features",
    "SELECT 'Free' AS tier, $1::timestamptz AS until",
];

#[test]
fn postgres() {
    let Some(server) = Postgres::shared() else {
        return;
    };
    for query in ON_POSTGRES {
        check(query, async || {
            let pool = Postgres::pool(&server.database().await).await;
            pool.execute(FUNCTIONS).await.expect("functions");
            SqlSource::<Tier, _>::new(pool, query)
        });
    }
}

#[test]
fn redis_with_the_key_in_its_values() {
    let Some(server) = Redis::shared() else {
        return;
    };
    let client = redis::Client::open(format!("redis://127.0.0.1:{}", server.port)).expect("a URL");
    let name = format!("logs:{}", KeyHash::sha256(&ApiKey::new(KEY)).to_hex());
    for text in encodings(KEY) {
        check(&text, async || {
            let mut connection = client.get_multiplexed_async_connection().await.unwrap();
            let () = redis::cmd("HSET")
                .arg(&name)
                .arg(&["tier", &text, "free", "Free", "id", KEY])
                .query_async(&mut connection)
                .await
                .unwrap();
            RedisSource::field(client.clone(), "logs:{key}", "tier").id("id")
        });
    }
    for field in ["until", "then_tier", "features", "plan_version"] {
        check(field, async || {
            let mut connection = client.get_multiplexed_async_connection().await.unwrap();
            let () = redis::cmd("DEL")
                .arg(&name)
                .query_async(&mut connection)
                .await
                .unwrap();
            let () = redis::cmd("HSET")
                .arg(&name)
                .arg(&["tier", "Free", "free", "Free", "id", KEY, field, KEY])
                .query_async(&mut connection)
                .await
                .unwrap();
            RedisSource::hash(client.clone(), "logs:{key}")
        });
    }
    check("WRONGTYPE", async || {
        RedisSource::key(client.clone(), "logs:{key}")
    });
    check("the id", async || {
        RedisSource::field(client.clone(), "logs:{key}", "free").id("id")
    });
}

/// A server that answers every command with an error. The error's first word is its code.
#[test]
fn redis_with_the_key_in_its_errors() {
    for text in encodings(KEY) {
        check(&text, async || {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let port = listener.local_addr().unwrap().port();
            let error = format!("-{text} {text}\r\n");
            tokio::spawn(async move {
                while let Ok((mut stream, _)) = listener.accept().await {
                    let error = error.clone();
                    tokio::spawn(async move {
                        let mut buffer = [0; 4096];
                        while let Ok(count @ 1..) = stream.read(&mut buffer).await {
                            let commands = buffer[..count].iter().filter(|byte| **byte == b'*');
                            for _ in commands {
                                if stream.write_all(error.as_bytes()).await.is_err() {
                                    return;
                                }
                            }
                        }
                    });
                }
            });
            let client = redis::Client::open(format!("redis://127.0.0.1:{port}")).unwrap();
            RedisSource::key(client, "tier:{key}")
        });
    }
}

/// A source that returns the key as the caller's id, as if a query's columns were in the wrong order.
struct KeyAsId;

impl TierSource for KeyAsId {
    type Tier = Tier;

    async fn find(&self, key: &ApiKey) -> Result<Caller<Tier>, SourceError> {
        Ok(Caller::new(Tier::Free).with_id(key.expose()))
    }
}

#[test]
fn a_key_that_is_the_id_stays_out_of_logs_if_a_layer_inserts_the_caller() {
    let notes = Notes::of(async {
        let tiers = TierLayer::new(KeyAsId).credential(Credential::extension());
        let mut request = Request::get("/export").body(()).unwrap();
        request.extensions_mut().insert(ApiKey::new(KEY));
        let caller = tiers.caller(&request.into_parts().0).await.unwrap();
        assert_eq!(caller.id(), Some(KEY));
        assert_clean(&format!("{caller:?}"), "the caller's Debug output");
        let app = Api::router().layer(axum::Extension(caller));
        let request = Request::get("/export").body(Body::empty()).unwrap();
        assert_eq!(app.oneshot(request).await.unwrap().status(), 403);
    });
    assert_eq!(
        notes.iter().filter(|line| line.contains("refused")).count(),
        1
    );
    assert_clean(&notes.join("\n"), "an inserted caller");
}

#[test]
fn an_inserted_id_that_contains_the_key_stays_out_of_logs() {
    let notes = Notes::of(async {
        let tiers = TierLayer::new(|_: ApiKey| async { Ok(Some(Tier::Pro)) });
        let inserting = |mut request: Request| {
            let caller = Caller::new(Tier::Free).with_id(format!("key {KEY}"));
            request.extensions_mut().insert(caller);
            request
        };
        // The first guard looks up the caller, and the layer behind it replaces the caller.
        let service = Api::router().layer(tower::util::MapRequestLayer::new(inserting));
        let app = axum::Router::new()
            .fallback_service(service)
            .layer(axum::middleware::from_extractor::<Caller<Tier>>())
            .layer(tiers.credential(Credential::extension()));
        let mut request = Request::get("/export").body(Body::empty()).unwrap();
        request.extensions_mut().insert(ApiKey::new(KEY));
        assert_eq!(app.oneshot(request).await.unwrap().status(), 403);
    });
    assert_eq!(
        notes.iter().filter(|line| line.contains("refused")).count(),
        1
    );
    assert_clean(&notes.join("\n"), "an id that contains the key");
}
