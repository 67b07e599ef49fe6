//! The same tests for every store: a map, SQLite, PostgreSQL and Redis.

mod key_spellings;
mod postgres_changes;
mod redis_cluster;

use tiergate::Cached;
use tiergate::source::{ApiKey, KeyHasher, SourceError, SqlSource, TierSource};
use tiergate_tests_sources::Tier;
use tiergate_tests_sources::servers::{Postgres, Redis};
use tiergate_tests_sources::stores::{InPostgres, InRedis, InSqlite, Memory, Store};

/// Returns a source's answer as a word.
async fn answer(source: &impl TierSource<Tier = Tier>, key: &str) -> String {
    match source.find(&ApiKey::new(key)).await {
        Ok(caller) => {
            let tier = caller.tier().map_or("none", Tier::name);
            format!("{tier} {}", caller.id().unwrap_or("nobody"))
        }
        Err(SourceError::UnknownCaller) => "unknown".to_owned(),
        Err(error @ SourceError::InvalidTier(_)) => {
            format!("unreadable: {}", error.reason().expect("a reason"))
        }
        Err(error) => format!("{error}"),
    }
}

/// Keys that would be harmful if they were inserted into a query's text.
const HOSTILE: [&str; 8] = [
    "' OR 1=1 --",
    "\" OR \"\"=\"",
    "a;DROP TABLE callers",
    "%",
    "*",
    "$1",
    "{key}",
    "\u{202e}\u{1f980}\r\n",
];

async fn suite(source: impl TierSource<Tier = Tier>, store: impl Store) {
    bare(&source, &store).await;
    let cached = Cached::new(source);
    bare(&cached, &store).await;

    // Cached answers change only after an invalidation.
    store.put("cached", "customer-9", Some("Pro")).await;
    assert_eq!(answer(&cached, "cached").await, "Pro customer-9");
    store.put("cached", "customer-9", Some("Free")).await;
    assert_eq!(answer(&cached, "cached").await, "Pro customer-9");
    cached.invalidate("customer-9");
    assert_eq!(answer(&cached, "cached").await, "Free customer-9");
    store.put("cached", "customer-9", None).await;
    cached.invalidate("customer-9");
    assert_eq!(answer(&cached, "cached").await, "none customer-9");
    store.put("cached", "customer-9", Some("Plus")).await;
    cached.invalidate("customer-9");
    assert_eq!(answer(&cached, "cached").await, "Plus customer-9");
}

async fn bare(source: &impl TierSource<Tier = Tier>, store: &impl Store) {
    for (key, tier, expected) in [
        ("by-name", Some("Plus"), "Plus customer-7"),
        ("in-any-case", Some("pRO"), "Pro customer-7"),
        ("by-rank", Some("3"), "Plus customer-7"),
        ("ended", None, "none customer-7"),
    ] {
        store.put(key, "customer-7", tier).await;
        assert_eq!(answer(source, key).await, expected, "{key}");
    }
    assert_eq!(answer(source, "never-issued").await, "unknown");
    assert_eq!(answer(source, "BY-NAME").await, "unknown");
    assert_eq!(answer(source, "by-name ").await, "unknown");

    // An unknown tier is never mistaken for another tier.
    for tier in ["Gold", "5", "-1", "+3", "3.0", "Plus Pro", "99999999999"] {
        let key = format!("with-{tier}");
        store.put(&key, "customer-7", Some(tier)).await;
        let answer = answer(source, &key).await;
        assert!(answer.starts_with("unreadable: unknown tier"), "{answer}");
    }

    for key in HOSTILE {
        assert_eq!(answer(source, key).await, "unknown", "{key}");
        let key = format!("known {key}");
        store.put(&key, "customer-8", Some("Plus")).await;
        assert_eq!(answer(source, &key).await, "Plus customer-8", "{key}");
    }
}

#[tokio::test]
async fn in_memory() {
    let store = Memory::default();
    suite(store.clone(), store).await;
}

#[tokio::test]
async fn in_sqlite() {
    let store = InSqlite::new().await;
    suite(store.source(), store).await;
}

#[tokio::test]
async fn in_postgres() {
    let Some(server) = Postgres::shared() else {
        return;
    };
    let pool = Postgres::pool(&server.database().await).await;
    let store = InPostgres::new(pool.clone()).await;
    suite(InPostgres::source(pool), store).await;
}

#[tokio::test]
async fn in_redis() {
    let Some(server) = Redis::shared() else {
        return;
    };
    let store = InRedis::new(server.client(), "suite");
    suite(store.source(server.client()), store).await;
}

#[tokio::test]
async fn a_column_of_the_wrong_type_is_an_error_in_sqlite() {
    let store = InSqlite::new().await;
    for (key, value) in [("blob", "x'506c7573'"), ("real", "3.0")] {
        let insert = format!("INSERT INTO callers VALUES ('{key}', 'customer-7', {value})");
        sqlx::query(sqlx::AssertSqlSafe(insert))
            .execute(&store.0)
            .await
            .expect("a row");
        let answer = answer(&store.source(), key).await;
        assert!(answer.starts_with("unreadable: column 1"), "{answer}");
    }
    sqlx::query("INSERT INTO callers VALUES ('number', 7, 4)")
        .execute(&store.0)
        .await
        .expect("a row");
    assert_eq!(answer(&store.source(), "number").await, "Pro 7");
}

#[tokio::test]
async fn a_column_of_the_wrong_type_is_an_error_in_postgres() {
    let Some(server) = Postgres::shared() else {
        return;
    };
    let pool = Postgres::pool(&server.database().await).await;
    for (value, expected) in [
        ("4::smallint", "Pro nobody"),
        ("4", "Pro nobody"),
        ("4::bigint", "Pro nobody"),
        ("'Plus'::varchar", "Plus nobody"),
        ("NULL::text", "none nobody"),
        (
            "'Plus'::bytea",
            "unreadable: column 1 is neither text nor a whole number",
        ),
        (
            "true",
            "unreadable: column 1 is neither text nor a whole number",
        ),
        (
            "3.0::float8",
            "unreadable: column 1 is neither text nor a whole number",
        ),
        (
            "'{Plus}'::text[]",
            "unreadable: column 1 is neither text nor a whole number",
        ),
    ] {
        let query = format!("SELECT {value} WHERE $1 = 'a-key'");
        let source = SqlSource::<Tier, _>::new(pool.clone(), query);
        assert_eq!(answer(&source, "a-key").await, expected, "{value}");
        assert_eq!(answer(&source, "another").await, "unknown", "{value}");
    }
}

#[tokio::test]
async fn a_query_that_returns_two_rows_is_an_error() {
    let store = InSqlite::new().await;
    let query = "SELECT 'Pro' WHERE $1 <> '' UNION ALL SELECT 'Free'";
    let source = SqlSource::<Tier, _>::new(store.0.clone(), query);
    assert_eq!(
        answer(&source, "a-key").await,
        "unreadable: more than one row"
    );
}

#[tokio::test]
async fn hashed_keys() {
    let hasher = KeyHasher::new("secret");
    let store = InSqlite::new().await;
    sqlx::query("CREATE TABLE hashed (hash BLOB PRIMARY KEY, tier TEXT)")
        .execute(&store.0)
        .await
        .expect("a table");
    sqlx::query("INSERT INTO hashed VALUES ($1, 'Plus')")
        .bind(hasher.hash(&ApiKey::new("a-key")).as_bytes().to_vec())
        .execute(&store.0)
        .await
        .expect("a row");
    let query = "SELECT tier FROM hashed WHERE hash = $1";
    let source = SqlSource::<Tier, _>::new(store.0.clone(), query);
    assert_eq!(answer(&source, "a-key").await, "unknown");
    let source = source.hashed(hasher.clone());
    assert_eq!(answer(&source, "a-key").await, "Plus nobody");
    assert_eq!(answer(&source, "another").await, "unknown");

    let Some(server) = Redis::shared() else {
        return;
    };
    let connection = server.client().get_multiplexed_async_connection().await;
    let mut connection = connection.expect("a connection");
    let () = redis::cmd("SET")
        .arg(format!(
            "hashed:{}",
            hasher.hash(&ApiKey::new("a-key")).to_hex()
        ))
        .arg("Plus")
        .query_async(&mut connection)
        .await
        .expect("a key");
    let source = tiergate::source::RedisSource::<Tier>::key(server.client(), "hashed:{key}");
    assert_eq!(answer(&source, "a-key").await, "unknown");
    let source = source.hashed(hasher);
    assert_eq!(answer(&source, "a-key").await, "Plus nobody");
}

#[tokio::test]
async fn keys_and_hash_fields_in_redis() {
    let Some(server) = Redis::shared() else {
        return;
    };
    let connection = server.client().get_multiplexed_async_connection().await;
    let mut connection = connection.expect("a connection");
    let () = redis::pipe()
        .set("place:a-key", "Plus")
        .set("place:empty", "")
        .set("place:bytes", b"\xff")
        .lpush("place:list", "Plus")
        .hset("tiers", "a-key", "4")
        .query_async(&mut connection)
        .await
        .expect("keys");
    let source = tiergate::source::RedisSource::<Tier>::key(server.client(), "place:{key}");
    let source = source.raw_keys();
    assert_eq!(answer(&source, "a-key").await, "Plus nobody");
    assert_eq!(answer(&source, "empty").await, "none nobody");
    assert_eq!(answer(&source, "missing").await, "unknown");
    assert_eq!(
        answer(&source, "bytes").await,
        "unreadable: the value is not text"
    );
    let list = answer(&source, "list").await;
    assert!(
        list.starts_with("unreadable: ") && list.contains("WRONGTYPE"),
        "{list}"
    );

    let source = tiergate::source::RedisSource::<Tier>::field(server.client(), "tiers", "{key}");
    let source = source.raw_keys();
    assert_eq!(answer(&source, "a-key").await, "Pro nobody");
    assert_eq!(answer(&source, "missing").await, "unknown");
    let source =
        tiergate::source::RedisSource::<Tier>::field(server.client(), "place:{key}", "tier");
    let source = source.raw_keys();
    let text = answer(&source, "a-key").await;
    assert!(text.starts_with("unreadable: "), "{text}");
}

#[tokio::test]
async fn a_key_that_does_not_fit_the_query_is_unknown() {
    let Some(server) = Postgres::shared() else {
        return;
    };
    let pool = Postgres::pool(&server.database().await).await;
    for (query, keys) in [
        (
            "SELECT 'Plus' WHERE $1::uuid <> '00000000-0000-0000-0000-000000000001'",
            ["not-a-uuid", "00000000", "é"].as_slice(),
        ),
        (
            "SELECT 'Plus' WHERE $1::int = 8",
            &["x", "99999999999", "1.5", " "],
        ),
        ("SELECT 'Plus' WHERE $1 = 'x'", &["wrong\0"]),
    ] {
        let source = SqlSource::<Tier, _>::new(pool.clone(), query);
        for key in keys {
            assert_eq!(answer(&source, key).await, "unknown", "{query}: {key:?}");
        }
    }
    // An unreadable row isn't an error of the caller.
    let query = "SELECT tier::int FROM (VALUES ('Gold')) AS callers (tier) WHERE $1 = 'a-key'";
    let source = SqlSource::<Tier, _>::new(pool, query);
    let answer = answer(&source, "a-key").await;
    assert!(answer.starts_with("unreadable: "), "{answer}");
}

#[tokio::test]
async fn a_boolean_is_not_a_rank() {
    let store = InSqlite::new().await;
    sqlx::query("CREATE TABLE flags (api_key TEXT, is_plus BOOLEAN)")
        .execute(&store.0)
        .await
        .expect("a table");
    sqlx::query("INSERT INTO flags VALUES ('a-key', 3), ('ended', NULL)")
        .execute(&store.0)
        .await
        .expect("rows");
    let query = "SELECT is_plus FROM flags WHERE api_key = $1";
    let source = SqlSource::<Tier, _>::new(store.0.clone(), query);
    let answer = answer(&source, "a-key").await;
    assert!(answer.starts_with("unreadable: column 1"), "{answer}");
}

/// Tiers whose names are numbers that differ from their ranks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
enum Digits {
    #[tier(name = "10")]
    Low = 1,
    #[tier(name = "1")]
    Middle = 2,
    #[tier(name = "2")]
    High = 3,
}

#[tokio::test]
async fn a_number_is_a_rank_and_not_a_name() {
    async fn tier(source: impl TierSource<Tier = Digits>) -> Option<Digits> {
        let caller = source.find(&ApiKey::new("a-key")).await;
        caller.ok().and_then(|caller| caller.tier())
    }
    let store = InSqlite::new().await;
    let sqlite = |column: &str| {
        let query = format!("SELECT {column} WHERE $1 = 'a-key'");
        SqlSource::<Digits, _>::new(store.0.clone(), query)
    };
    assert_eq!(tier(sqlite("1")).await, Some(Digits::Low));
    assert_eq!(tier(sqlite("2")).await, Some(Digits::Middle));
    assert_eq!(tier(sqlite("3")).await, Some(Digits::High));
    assert_eq!(tier(sqlite("10")).await, None);
    assert_eq!(tier(sqlite("-1")).await, None);
    assert_eq!(tier(sqlite("4294967297")).await, None);
    // A text is first read as a name, then as a rank.
    assert_eq!(tier(sqlite("'10'")).await, Some(Digits::Low));
    assert_eq!(tier(sqlite("'2'")).await, Some(Digits::High));
    assert_eq!(tier(sqlite("'3'")).await, Some(Digits::High));

    let Some(server) = Postgres::shared() else {
        return;
    };
    let pool = Postgres::pool(&server.database().await).await;
    for number in ["smallint", "integer", "bigint"] {
        let postgres = |value: &str| {
            let query = format!("SELECT {value}::{number} WHERE $1 = 'a-key'");
            SqlSource::<Digits, _>::new(pool.clone(), query)
        };
        assert_eq!(tier(postgres("1")).await, Some(Digits::Low), "{number}");
        assert_eq!(tier(postgres("2")).await, Some(Digits::Middle), "{number}");
        assert_eq!(tier(postgres("10")).await, None, "{number}");
    }
}

#[tokio::test]
async fn char_padding_is_ignored() {
    let Some(server) = Postgres::shared() else {
        return;
    };
    let pool = Postgres::pool(&server.database().await).await;
    let table = "
        CREATE DOMAIN plan AS char(12);
        CREATE TABLE callers (api_key char(40), customer char(20), tier plan, kept varchar(20));
        INSERT INTO callers VALUES ('a-key', 'customer-7', 'Plus', 'customer-7 ');
        INSERT INTO callers VALUES ('ended', 'customer-7', NULL, 'customer-7 ')";
    sqlx::raw_sql(table).execute(&pool).await.expect("a table");
    let query = "SELECT tier, customer FROM callers WHERE api_key = $1";
    let source = Cached::new(SqlSource::<Tier, _>::new(pool.clone(), query));
    assert_eq!(answer(&source, "a-key").await, "Plus customer-7");
    assert_eq!(answer(&source, "ended").await, "none customer-7");
    sqlx::query("UPDATE callers SET tier = 'Free'")
        .execute(&pool)
        .await
        .expect("a downgrade");
    assert_eq!(answer(&source, "a-key").await, "Plus customer-7");
    source.invalidate("customer-7");
    assert_eq!(answer(&source, "a-key").await, "Free customer-7");

    // A stored space is part of the value.
    let query = "SELECT tier, kept FROM callers WHERE api_key = $1";
    let source = SqlSource::<Tier, _>::new(pool, query);
    assert_eq!(answer(&source, "a-key").await, "Free customer-7 ");
}
