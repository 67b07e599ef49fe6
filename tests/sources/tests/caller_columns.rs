//! Ends, add-ons and plan versions in columns of SQLite and PostgreSQL, and in fields of Redis hashes.

use sqlx::postgres::PgPool;
use sqlx::sqlite::{SqlitePool, SqlitePoolOptions};
use std::fmt::Write;
use std::time::{Duration, SystemTime};
use tiergate::Caller;
use tiergate::source::{
    ApiKey, KeyHash, KeyHasher, RedisSource, SourceError, SqlSource, TierSource,
};
use tiergate_tests_sources::notes::Notes;
use tiergate_tests_sources::servers::{Postgres, Redis};

#[derive(Clone, Copy, Debug, PartialEq, tiergate::Feature)]
enum Feature {
    Radio,
    BodyCam,
}

#[derive(Clone, Copy, Debug, PartialEq, tiergate::Tier)]
#[tier(features = Feature)]
enum Tier {
    Free,
    Plus,
}

/// Describes a source's answer.
async fn answer(source: &impl TierSource<Tier = Tier>, key: &str) -> String {
    match source.find(&ApiKey::new(key)).await {
        Ok(caller) => describe(&caller),
        Err(SourceError::UnknownCaller) => "unknown".to_owned(),
        Err(error @ SourceError::InvalidTier(_)) => {
            format!("unreadable: {}", error.reason().expect("a reason"))
        }
        Err(error) => error.to_string(),
    }
}

fn describe(caller: &Caller<Tier>) -> String {
    let mut text = caller.tier().map_or("none", Tier::name).to_owned();
    if let Some(id) = caller.id() {
        let _ = write!(text, " id={id}");
    }
    if let Some(end) = caller.ends_at() {
        let since = end.duration_since(SystemTime::UNIX_EPOCH).expect("a time");
        let _ = write!(text, " until={}", since.as_secs_f64());
    }
    if let Some(tier) = caller.next_tier() {
        let _ = write!(text, " then={}", tier.name());
    }
    if !caller.features().is_empty() {
        let _ = write!(text, " features={:?}", caller.features());
    }
    if let Some(version) = caller.plan_version() {
        let _ = write!(text, " version={version}");
    }
    text
}

const NO_TIME: &str = "unreadable: `until` is not a time from 1970 to 9999";
const NO_LIST: &str = "unreadable: `features` is not a list of add-ons";
const NO_VERSION: &str = "unreadable: `plan_version` is not a whole number";

async fn sqlite() -> SqlitePool {
    let pool = SqlitePoolOptions::new().max_connections(1);
    pool.connect("sqlite::memory:").await.expect("SQLite")
}

async fn postgres(server: &Postgres) -> PgPool {
    Postgres::pool(&server.database().await).await
}

/// The values that both databases read, and the callers that the source reads from them.
const COLUMNS: [(&str, &str); 34] = [
    ("1 AS tier, NULL AS id, 'a-key' AS key", "Plus"),
    ("1 AS tier, 'a-key' AS key, 7 AS id", "Plus id=7"),
    ("'customer-7' AS id, 'Plus' AS tier", "Plus id=customer-7"),
    ("'Plus' AS tier, 'another' AS key", "unknown"),
    ("'Plus' AS tier, NULL AS key, 'x' AS features", "unknown"),
    ("'Gold' AS tier, 'another' AS key, 'x' AS until", "unknown"),
    (
        "'Plus' AS tier, 1796083200 AS until",
        "Plus until=1796083200",
    ),
    ("'Plus' AS tier, NULL AS until", "Plus"),
    ("0 AS until, 'Plus' AS tier", "Plus until=0"),
    (
        "'Plus' AS tier, '2026-12-01T00:00:00.5Z' AS until",
        "Plus until=1796083200.5",
    ),
    (
        "'Plus' AS tier, 1796083200 AS until, 'Free' AS then_tier",
        "Plus until=1796083200 then=Free",
    ),
    (
        "'Plus' AS tier, 1796083200 AS until, 0 AS then_tier",
        "Plus until=1796083200 then=Free",
    ),
    (
        "'Plus' AS tier, 1796083200 AS until, NULL AS then_tier",
        "Plus until=1796083200",
    ),
    (
        "NULL AS tier, 'radio' AS features",
        "none features={\"radio\"}",
    ),
    (
        "'Plus' AS tier, 'radio, body_cam' AS features",
        "Plus features={\"radio\", \"body_cam\"}",
    ),
    (
        "'Plus' AS tier, '[\"body_cam\"]' AS features",
        "Plus features={\"body_cam\"}",
    ),
    ("'Plus' AS tier, '' AS features", "Plus"),
    ("'Plus' AS tier, NULL AS features", "Plus"),
    ("'Plus' AS tier, 'drone,RADIO' AS features", "Plus"),
    ("'Plus' AS tier, 3 AS plan_version", "Plus version=3"),
    ("'Plus' AS tier, NULL AS plan_version", "Plus"),
    ("'Plus' AS tier, 1796083200000 AS until", NO_TIME),
    ("'Plus' AS tier, -1 AS until", NO_TIME),
    ("'Plus' AS tier, '1796083200' AS until", NO_TIME),
    ("'Plus' AS tier, '2026-12-01 00:00:00' AS until", NO_TIME),
    ("'Plus' AS tier, '2026-12-01' AS until", NO_TIME),
    ("'Plus' AS tier, '' AS until", NO_TIME),
    ("'Plus' AS tier, 'radio,' AS features", NO_LIST),
    ("'Plus' AS tier, 1 AS features", NO_LIST),
    ("'Plus' AS tier, -1 AS plan_version", NO_VERSION),
    ("'Plus' AS tier, 4294967296 AS plan_version", NO_VERSION),
    ("'Plus' AS tier, '3' AS plan_version", NO_VERSION),
    (
        "'Plus' AS tier, 0 AS until, 'Gold' AS then_tier",
        "unreadable: unknown tier",
    ),
    (
        "'Plus' AS tier, 1 AS until, 'x' AS unitl",
        "unreadable: the column \"unitl\" is unknown; ",
    ),
];

#[tokio::test]
async fn columns_in_sqlite() {
    let pool = sqlite().await;
    let only_in_sqlite = [
        ("'Plus' AS tier, 1796083200.0 AS until", NO_TIME),
        ("'Plus' AS tier, x'00' AS until", NO_TIME),
        ("'Plus' AS tier, datetime('now') AS until", NO_TIME),
        ("'Plus' AS tier, julianday('now') AS until", NO_TIME),
        (
            "'Plus' AS tier, unixepoch('2026-12-01') AS UNTIL",
            "Plus until=1796083200",
        ),
        ("'Plus' AS tier, 3.0 AS plan_version", NO_VERSION),
        ("'Plus' AS tier, x'726164696f' AS features", NO_LIST),
        (
            "'Plus' AS tier, json_array('radio') AS features",
            "Plus features={\"radio\"}",
        ),
    ];
    for (columns, expected) in COLUMNS.into_iter().chain(only_in_sqlite) {
        let query = format!("SELECT {columns} WHERE $1 = 'a-key'");
        let source = SqlSource::<Tier, _>::new(pool.clone(), query);
        let answer = answer(&source, "a-key").await;
        assert_matches(&answer, expected, columns);
    }
}

fn assert_matches(answer: &str, expected: &str, what: &str) {
    let matches = if expected.starts_with("unreadable") {
        answer.starts_with(expected)
    } else {
        answer == expected
    };
    assert!(matches, "{what}: {answer}");
}

#[tokio::test]
async fn columns_of_a_table_in_sqlite() {
    let pool = sqlite().await;
    // The declared types don't restrict the values.
    let schema = "
        CREATE TABLE callers (
            key TEXT, tier TEXT, until TIMESTAMP, flag BOOLEAN, features, plan_version INT);
        INSERT INTO callers VALUES ('number', 'Plus', 1796083200, 1, NULL, 2);
        INSERT INTO callers VALUES ('text', 'Plus', '2026-12-01T00:00:00Z', 1, 'radio', NULL);
        INSERT INTO callers VALUES ('real', 'Plus', 1796083200.5, 1, NULL, NULL)";
    sqlx::raw_sql(schema).execute(&pool).await.expect("a table");
    let query = "SELECT key, tier, until, features, plan_version FROM callers WHERE key = $1";
    let source = SqlSource::<Tier, _>::new(pool.clone(), query);
    for (key, expected) in [
        ("number", "Plus until=1796083200 version=2"),
        ("text", "Plus until=1796083200 features={\"radio\"}"),
        ("real", NO_TIME),
        ("TEXT", "unknown"),
    ] {
        assert_matches(&answer(&source, key).await, expected, key);
    }
    for name in ["until", "plan_version", "features"] {
        let query = format!("SELECT tier, flag AS {name} FROM callers WHERE key = $1");
        let source = SqlSource::<Tier, _>::new(pool.clone(), query);
        let answer = answer(&source, "text").await;
        assert!(
            answer.starts_with(&format!("unreadable: `{name}`")),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn hashed_keys_are_compared_by_name() {
    let (pool, hasher) = (sqlite().await, KeyHasher::new("secret"));
    let hash = hasher.hash(&ApiKey::new("a-key")).to_hex();
    let query = format!("SELECT x'{hash}' AS key, 'Plus' AS tier WHERE $1 <> x''");
    let source = SqlSource::<Tier, _>::new(pool, query).hashed(hasher);
    assert_eq!(answer(&source, "a-key").await, "Plus");
    assert_eq!(answer(&source, "another").await, "unknown");
}

/// The values that only PostgreSQL reads.
const ONLY_IN_POSTGRES: [(&str, &str); 36] = [
    (
        "'Plus' AS tier, '2026-12-01T01:00:00.000001+01'::timestamptz AS until",
        "Plus until=1796083200.000001",
    ),
    (
        "'Plus' AS tier, '1970-01-01T00:00Z'::moment AS until",
        "Plus until=0",
    ),
    (
        "'Plus' AS tier, '9999-12-31T23:59:59Z'::timestamptz AS until",
        "Plus until=253402300799",
    ),
    ("'Plus' AS tier, NULL::timestamptz AS until", "Plus"),
    (
        "'Plus' AS tier, '2026-12-01'::timestamp AT TIME ZONE 'UTC' AS until",
        "Plus until=1796083200",
    ),
    (
        "'Plus' AS tier, 1796083200::bigint AS until",
        "Plus until=1796083200",
    ),
    (
        "'Plus' AS tier, 1796083200::int AS until",
        "Plus until=1796083200",
    ),
    (
        "'Plus' AS tier, '2026-12-01'::timestamp AS until",
        "unreadable: `until` has no time zone; change its type to `timestamptz`",
    ),
    (
        "'Plus' AS tier, NULL::timestamp AS until",
        "unreadable: `until` has no time zone; ",
    ),
    ("'Plus' AS tier, '2026-12-01'::date AS until", NO_TIME),
    ("'Plus' AS tier, '12:00'::time AS until", NO_TIME),
    ("'Plus' AS tier, '1 day'::interval AS until", NO_TIME),
    ("'Plus' AS tier, 1796083200.0::float8 AS until", NO_TIME),
    ("'Plus' AS tier, 1796083200::numeric AS until", NO_TIME),
    ("'Plus' AS tier, true AS until", NO_TIME),
    ("'Plus' AS tier, 'infinity'::timestamptz AS until", NO_TIME),
    ("'Plus' AS tier, '-infinity'::timestamptz AS until", NO_TIME),
    (
        "'Plus' AS tier, '1969-12-31T23:59:59Z'::timestamptz AS until",
        NO_TIME,
    ),
    (
        "'Plus' AS tier, '10000-01-01T00:00:00Z'::timestamptz AS until",
        NO_TIME,
    ),
    (
        "'Plus' AS tier, '4713-01-01 BC'::timestamptz AS until",
        NO_TIME,
    ),
    (
        "'Plus' AS tier, ARRAY['radio', 'drone', 'body_cam'] AS features",
        "Plus features={\"radio\", \"body_cam\"}",
    ),
    (
        "'Plus' AS tier, '{radio}'::varchar(9)[] AS features",
        "Plus features={\"radio\"}",
    ),
    (
        "'Plus' AS tier, '{radio}'::list AS features",
        "Plus features={\"radio\"}",
    ),
    (
        "'Plus' AS tier, '[2:2]={radio}'::text[] AS features",
        "Plus features={\"radio\"}",
    ),
    ("'Plus' AS tier, '{}'::text[] AS features", "Plus"),
    ("'Plus' AS tier, NULL::text[] AS features", "Plus"),
    (
        "'Plus' AS tier, '{radio,NULL}'::text[] AS features",
        NO_LIST,
    ),
    ("'Plus' AS tier, '{{radio}}'::text[] AS features", NO_LIST),
    ("'Plus' AS tier, '{1}'::int[] AS features", NO_LIST),
    ("'Plus' AS tier, '[\"radio\"]'::jsonb AS features", NO_LIST),
    (
        "'Plus' AS tier, '[\"radio\"]'::jsonb::text AS features",
        "Plus features={\"radio\"}",
    ),
    ("'Plus' AS tier, 'radio'::bytea AS features", NO_LIST),
    (
        "'Plus' AS tier, 3::smallint AS plan_version",
        "Plus version=3",
    ),
    ("'Plus' AS tier, 3::numeric AS plan_version", NO_VERSION),
    (
        "'Plus' AS tier, '2026-12-01'::timestamptz AS id, 1 AS until",
        "unreadable: `id` is neither",
    ),
    (
        "'{Plus}'::text[] AS tier, 1 AS until",
        "unreadable: `tier` is neither",
    ),
];

#[tokio::test]
async fn columns_in_postgres() {
    let Some(server) = Postgres::shared() else {
        return;
    };
    let pool = postgres(&server).await;
    sqlx::raw_sql("CREATE DOMAIN moment AS timestamptz; CREATE DOMAIN list AS text[]")
        .execute(&pool)
        .await
        .expect("domains");
    for (columns, expected) in COLUMNS.into_iter().chain(ONLY_IN_POSTGRES) {
        let query = format!("SELECT {columns} WHERE $1 = 'a-key'");
        let source = SqlSource::<Tier, _>::new(pool.clone(), query);
        let answer = answer(&source, "a-key").await;
        assert_matches(&answer, expected, columns);
    }
}

#[tokio::test]
async fn fields_of_a_hash_in_redis() {
    let Some(server) = Redis::shared() else {
        return;
    };
    let connection = server.client().get_multiplexed_async_connection().await;
    let mut connection = connection.expect("a connection");
    let source = RedisSource::<Tier>::hash(server.client(), "fields:{key}");
    for (number, (fields, expected)) in [
        (["tier", "Plus"].as_slice(), "Plus"),
        (&["tier", ""], "none"),
        (&["id", "customer-7", "until", "0"], "unknown"),
        (
            &[
                "plan_version",
                "2",
                "features",
                "radio,drone",
                "then_tier",
                "Free",
                "until",
                "1796083200",
                "id",
                "customer-7",
                "tier",
                "1",
                "customer",
                "8",
            ],
            "Plus id=customer-7 until=1796083200 then=Free features={\"radio\"} version=2",
        ),
        (
            &["tier", "Plus", "until", "2026-12-01T00:00:00Z"],
            "Plus until=1796083200",
        ),
        (
            &["tier", "Plus", "features", "[\"radio\", \"body_cam\"]"],
            "Plus features={\"radio\", \"body_cam\"}",
        ),
        (&["tier", "Plus", "until", ""], NO_TIME),
        (&["tier", "Plus", "until", "1796083200000"], NO_TIME),
        (&["tier", "Plus", "until", "\u{0}"], NO_TIME),
        (&["tier", "Plus", "features", "{radio}"], NO_LIST),
        (&["tier", "Plus", "plan_version", "02"], NO_VERSION),
        (
            &["tier", "Plus", "then_tier", "Gold"],
            "unreadable: unknown tier",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let key = format!("key-{number}");
        let hash = KeyHash::sha256(&ApiKey::new(key.as_str())).to_hex();
        let () = redis::cmd("HSET")
            .arg(format!("fields:{hash}"))
            .arg(fields)
            .query_async(&mut connection)
            .await
            .expect("a hash");
        assert_matches(
            &answer(&source, &key).await,
            expected,
            &format!("{fields:?}"),
        );
    }
    assert_eq!(answer(&source, "missing").await, "unknown");

    // Another field contains the id.
    let source = source.id("customer");
    let id = answer(&source, "key-3").await;
    assert!(id.starts_with("Plus id=8 "), "{id}");
    // One field alone is read as before.
    let field = RedisSource::<Tier>::field(server.client(), "fields:{key}", "tier");
    assert_eq!(answer(&field, "key-3").await, "Plus");
    // The value isn't a hash.
    let () = redis::cmd("SET")
        .arg("fields:a-key")
        .arg("Plus")
        .query_async(&mut connection)
        .await
        .expect("a key");
    let answer = answer(&source.raw_keys(), "a-key").await;
    assert!(answer.contains("WRONGTYPE"), "{answer}");
}

#[test]
fn an_unknown_feature_is_logged_once() {
    let notes = Notes::of(async {
        let pool = sqlite().await;
        let query =
            "SELECT 'Plus' AS tier, 'radio,drone,drone,' || $1 || ',' || hex($1) AS features";
        let source = SqlSource::<Tier, _>::new(pool, query);
        for key in ["s3cret_key", "t0psecret", "s3cret_key"] {
            for _ in 0..3 {
                assert_eq!(answer(&source, key).await, "Plus features={\"radio\"}");
            }
        }
    });
    let warnings: Vec<_> = notes
        .iter()
        .filter(|line| line.starts_with("WARN"))
        .collect();
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(warnings[0].contains("feature=\"drone\""), "{warnings:?}");
    assert!(warnings[1].contains("its key isn't shown"), "{warnings:?}");
    let all = notes.join("\n");
    assert!(
        !all.contains("s3cret") && !all.contains("733363726574"),
        "{all}"
    );
}

#[tokio::test]
async fn a_time_from_a_store_is_never_out_of_range() {
    let pool = sqlite().await;
    for seconds in [i64::MIN, -1, 253_402_300_800, i64::MAX] {
        let query = format!("SELECT 'Plus' AS tier, {seconds} AS until WHERE $1 <> ''");
        let query = query.replace(&i64::MIN.to_string(), "(-9223372036854775807 - 1)");
        let source = SqlSource::<Tier, _>::new(pool.clone(), query);
        assert_matches(
            &answer(&source, "a-key").await,
            NO_TIME,
            &seconds.to_string(),
        );
    }
    let last = Duration::from_secs(253_402_300_799);
    let query = "SELECT 'Plus' AS tier, 253402300799 AS until WHERE $1 <> ''";
    let source = SqlSource::<Tier, _>::new(pool, query);
    let caller = source.find(&ApiKey::new("a-key")).await.expect("a caller");
    assert_eq!(caller.ends_at(), Some(SystemTime::UNIX_EPOCH + last));
}
