//! Databases of earlier versions.

use super::{Server, call, call_as, change_plan, close_call};
use serde_json::json;
use sqlx::{AnyConnection, Connection};

/// Turns a new database into one of version 4.
const DOWN_TO_4: [&str; 2] = [
    "ALTER TABLE events DROP COLUMN rejections",
    "UPDATE schema_version SET version = 4",
];

/// Turns a new database into one of version 3.
const DOWN_TO_3: [&str; 7] = [
    "DROP TABLE events",
    "DROP TABLE event_receivers",
    "ALTER TABLE accounts DROP COLUMN joined_at",
    "ALTER TABLE accounts DROP COLUMN last_login_at",
    "ALTER TABLE call_notes DROP COLUMN type",
    "ALTER TABLE call_notes DROP COLUMN time",
    "UPDATE schema_version SET version = 3",
];

/// Turns a database of version 3 into one of version 1.
const DOWN_TO_1: [&str; 7] = [
    "UPDATE records SET type = 1",
    "ALTER TABLE calls DROP COLUMN expires_at",
    "DROP INDEX communities_by_key",
    "ALTER TABLE communities DROP COLUMN tier_until",
    "ALTER TABLE communities DROP COLUMN then_tier",
    "ALTER TABLE communities DROP COLUMN add_ons",
    "UPDATE schema_version SET version = 1",
];

#[tokio::test]
async fn older_databases_are_upgraded() {
    for (name, changes) in [
        ("upgrade-4", DOWN_TO_4.to_vec()),
        ("upgrade-3", DOWN_TO_3.to_vec()),
        ("upgrade-1", [&DOWN_TO_3[..], &DOWN_TO_1].concat()),
    ] {
        upgrade(name, &changes).await;
    }
}

/// Makes a database older, opens it, and calls endpoints that use what the upgrades added.
async fn upgrade(name: &str, changes: &[&'static str]) {
    let server = Server::new(name).await;
    let url = server.url();
    let app = server.router().into_router();
    let account = json!({ "username": "ada", "apiIds": ["a1"] });
    assert_eq!(call(&app, "set_api_id", account).await.0, 200);
    let character = json!([{ "user": "a1", "first": "Ada" }]);
    let added = call_as(&app, "demo-pro", "/civilian/new_character", character).await;
    assert_eq!(added.0, 200);
    let mut old = AnyConnection::connect(&url).await.expect("a connection");
    for change in changes {
        let changed = sqlx::query(*change).execute(&mut old).await;
        changed.expect("a change");
    }
    old.close().await.expect("a closed connection");
    let upgraded = Server::new(name).await;
    let app = upgraded.router().into_router();
    assert_eq!(close_call(&app, "demo-plus").await.0, 404);
    let plan = json!({ "community": "demo-plus", "tier": "Plus", "until": 1, "then": "Free" });
    assert_eq!(change_plan(&app, plan).await, 204);
    assert_eq!(close_call(&app, "demo-plus").await.0, 400);
    let of = json!([{ "apiId": "a1" }]);
    let (_, characters) = call_as(&app, "demo-pro", "/civilian/get_characters", of).await;
    assert!(characters.contains(r#""type":7"#), "{characters}");
    let first = upgraded.cad.queue("demo-pro").first().await;
    assert!(first.expect("a query").is_none());
    upgraded.close().await;
    server.close().await;
}
