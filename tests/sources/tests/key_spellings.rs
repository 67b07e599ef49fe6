//! Every key has exactly one spelling, and addresses only its own record.

use sqlx::sqlite::SqlitePoolOptions;
use sqlx::{AssertSqlSafe, Executor, PgPool, SqlitePool};
use tiergate::source::{
    ApiKey, KeyHash, KeyHasher, RedisSource, SourceError, SqlSource, TierSource,
};
use tiergate_tests_sources::Tier;
use tiergate_tests_sources::servers::{Postgres, Redis};

/// Returns the source's answer as a word.
async fn answer(source: &impl TierSource<Tier = Tier>, key: &str) -> String {
    match source.find(&ApiKey::new(key)).await {
        Ok(caller) => caller.tier().map_or("none", Tier::name).to_owned(),
        Err(SourceError::UnknownCaller) => "unknown".to_owned(),
        Err(SourceError::InvalidTier(reason)) => format!("unreadable: {reason}"),
        Err(error) => format!("{error}"),
    }
}

async fn sqlite(schema: &str) -> SqlitePool {
    let pool = SqlitePoolOptions::new().max_connections(1);
    let pool = pool.connect("sqlite::memory:").await.expect("SQLite");
    pool.execute(AssertSqlSafe(schema.to_owned()))
        .await
        .expect("a schema");
    pool
}

async fn postgres(server: &Postgres, schema: &str) -> PgPool {
    let pool = Postgres::pool(&server.database().await).await;
    sqlx::raw_sql(AssertSqlSafe(schema.to_owned()))
        .execute(&pool)
        .await
        .expect("a schema");
    pool
}

const QUERY: &str = "SELECT tier, customer, api_key FROM callers WHERE api_key = $1";

#[tokio::test]
async fn sqlite_compares_the_stored_key_byte_for_byte() {
    for (collation, others) in [
        ("TEXT COLLATE NOCASE", ["A-KEY", "a-Key", "A-key"]),
        ("TEXT COLLATE RTRIM", ["a-key ", "a-key   ", "A-KEY"]),
        ("TEXT", ["A-KEY", "a-key ", " a-key"]),
    ] {
        let pool = sqlite(&format!(
            "CREATE TABLE callers (api_key {collation}, customer TEXT, tier TEXT);
             INSERT INTO callers VALUES ('a-key', 'customer-7', 'Plus')"
        ))
        .await;
        let source = SqlSource::<Tier, _>::new(pool, QUERY);
        assert_eq!(answer(&source, "a-key").await, "Plus", "{collation}");
        for other in others {
            assert_eq!(answer(&source, other).await, "unknown", "{collation}");
        }
    }

    // The database compares a number in a text as a number.
    let pool = sqlite(
        "CREATE TABLE callers (api_key INTEGER, customer TEXT, tier TEXT);
         INSERT INTO callers VALUES (12345, 'customer-7', 'Plus')",
    )
    .await;
    let source = SqlSource::<Tier, _>::new(pool, QUERY);
    assert_eq!(answer(&source, "12345").await, "Plus");
    for other in [
        "012345", "12345.0", "+12345", " 12345", "12345 ", "1.2345e4",
    ] {
        assert_eq!(answer(&source, other).await, "unknown", "{other:?}");
    }
}

#[tokio::test]
async fn postgres_compares_the_stored_key_byte_for_byte() {
    let Some(server) = Postgres::shared() else {
        return;
    };
    let collation = "CREATE COLLATION any_case
        (provider = icu, locale = 'und-u-ks-level2', deterministic = false);";
    for (column, others) in [
        ("text COLLATE any_case", ["A-KEY", "a-Key", "A-key"]),
        ("char(20)", ["A-KEY", "a-key ", "a-key               "]),
        ("varchar(20)", ["A-KEY", "a-key ", " a-key"]),
    ] {
        let pool = postgres(
            &server,
            &format!(
                "{collation}
                 CREATE TABLE callers (api_key {column}, customer text, tier text);
                 INSERT INTO callers VALUES ('a-key', 'customer-7', 'Plus')"
            ),
        )
        .await;
        for query in [QUERY, &QUERY.replace("$1", "$1::char(20)")] {
            let source = SqlSource::<Tier, _>::new(pool.clone(), query);
            assert_eq!(answer(&source, "a-key").await, "Plus", "{column}: {query}");
            for other in others {
                let answer = answer(&source, other).await;
                assert_eq!(answer, "unknown", "{column}: {query}: {other:?}");
            }
        }
    }

    let pool = postgres(
        &server,
        "CREATE TABLE callers (api_key uuid, customer text, tier text);
         INSERT INTO callers VALUES ('0f8fad5b-d9cb-469f-a165-70867728950e', 'customer-7', 'Plus')",
    )
    .await;
    let query = "SELECT tier, customer, api_key::text FROM callers WHERE api_key = $1::uuid";
    let source = SqlSource::<Tier, _>::new(pool, query);
    let key = "0f8fad5b-d9cb-469f-a165-70867728950e";
    assert_eq!(answer(&source, key).await, "Plus");
    for other in [
        key.to_uppercase(),
        key.replace('-', ""),
        format!("{{{key}}}"),
    ] {
        assert_eq!(answer(&source, &other).await, "unknown", "{other}");
    }
}

#[tokio::test]
async fn stored_hashes_are_compared_byte_for_byte() {
    let hasher = KeyHasher::new("secret");
    let pool = sqlite("CREATE TABLE callers (hash BLOB, tier TEXT)").await;
    sqlx::query("INSERT INTO callers VALUES ($1, 'Plus')")
        .bind(hasher.hash(&ApiKey::new("a-key")).as_bytes().to_vec())
        .execute(&pool)
        .await
        .expect("a row");
    // Queries that find another caller's row.
    for (condition, own, other) in [
        ("hash = $1", "Plus", "unknown"),
        ("$1 <> x''", "Plus", "unknown"),
    ] {
        let query = format!("SELECT tier, NULL, hash FROM callers WHERE {condition}");
        let source = SqlSource::<Tier, _>::new(pool.clone(), query).hashed(hasher.clone());
        assert_eq!(answer(&source, "a-key").await, own, "{condition}");
        assert_eq!(answer(&source, "another").await, other, "{condition}");
    }
}

#[tokio::test]
async fn a_stored_key_that_cannot_be_compared_matches_nobody() {
    let pool =
        sqlite("CREATE TABLE callers (tier TEXT); INSERT INTO callers VALUES ('Plus')").await;
    for (columns, expected) in [
        ("tier, NULL, NULL", "unknown"),
        ("tier, NULL, ''", "unknown"),
        ("tier, NULL, 'a-ke'", "unknown"),
        ("tier, NULL, 'a-key2'", "unknown"),
        ("tier, NULL, x'612d6b6579'", "Plus"),
        ("tier, NULL, 1.5", "unreadable: column 3"),
        (
            "tier, NULL, $1, 'a-key'",
            "unreadable: more than three columns",
        ),
    ] {
        let query = format!("SELECT {columns} FROM callers WHERE $1 <> ''");
        let source = SqlSource::<Tier, _>::new(pool.clone(), query);
        let answer = answer(&source, "a-key").await;
        assert!(answer.starts_with(expected), "{columns}: {answer}");
    }
}

#[tokio::test]
async fn a_key_addresses_no_other_record_in_redis() {
    let Some(server) = Redis::shared() else {
        return;
    };
    let connection = server.client().get_multiplexed_async_connection().await;
    let mut connection = connection.expect("a connection");
    let hash = |key: &str| KeyHash::sha256(&ApiKey::new(key)).to_hex();
    let () = redis::pipe()
        .set(format!("spelled:{}", hash("a-key")), "Free")
        .set("spelled:raw-key", "Free")
        .set("spelled:stats:logins", "3")
        .set("spelled:", "Plus")
        .set("spelled:*", "Plus")
        .set("spelled:{key}", "Plus")
        .set("spelled:a.b", "Plus")
        .hset("spelled", hash("a-key"), "Free")
        .hset("spelled", "total:logins", "3")
        .query_async(&mut connection)
        .await
        .expect("keys");
    let others = [
        "stats:logins",
        "total:logins",
        "",
        "*",
        "{key}",
        "a.b",
        "s\u{ff1a}",
        "stats:logins\0",
    ];
    let key = || RedisSource::<Tier>::key(server.client(), "spelled:{key}");
    let field = || RedisSource::<Tier>::field(server.client(), "spelled", "{key}");
    for source in [key(), field()] {
        assert_eq!(answer(&source, "a-key").await, "Free");
        assert_eq!(answer(&source, &hash("a-key")).await, "unknown");
        for other in others {
            assert_eq!(answer(&source, other).await, "unknown", "{other:?}");
        }
    }
    let raw = key().raw_keys();
    assert_eq!(answer(&raw, "raw-key").await, "Free");
    for raw in [raw, field().raw_keys()] {
        for other in others {
            assert_eq!(answer(&raw, other).await, "unknown", "{other:?}");
        }
    }
}
