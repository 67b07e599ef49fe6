//! A database that another program has locked.

use super::{Server, call_as};
use crate::error::CadError;
use crate::store::StoreError;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde_json::json;
use sqlx::{AnyConnection, Connection, Executor};
use std::time::Duration;
use tokio::time::{sleep, timeout};

#[tokio::test]
async fn a_call_to_a_locked_database_may_be_repeated() {
    let server = Server::new("busy").await;
    let connect = async || {
        let connection = AnyConnection::connect(&server.url()).await;
        connection.expect("a connection")
    };
    let (mut other, mut own) = (connect().await, connect().await);
    let locked = other.execute("BEGIN IMMEDIATE").await;
    locked.expect("the lock");
    let no_wait = own.execute("PRAGMA busy_timeout = 0").await;
    no_wait.expect("a change");
    let refused = own.execute("BEGIN IMMEDIATE").await;
    let error = CadError::from(StoreError::from(refused.expect_err("a refusal")));
    assert_eq!(
        error.into_response().status(),
        StatusCode::SERVICE_UNAVAILABLE
    );
    server.close().await;
}

#[tokio::test]
async fn reads_do_not_wait_for_writes() {
    let server = Server::without_quota("busy-reads").await;
    let app = server.router().into_router();
    let mut tasks = Vec::new();
    let mut other = AnyConnection::connect(&server.url())
        .await
        .expect("a connection");
    other.execute("BEGIN IMMEDIATE").await.expect("the lock");
    for community in ["demo-one", "demo-pro"] {
        for path in ["/general/set_api_id", "/general/heartbeat"] {
            for _ in 0..4 {
                let app = app.clone();
                let data = json!([{ "username": "ada", "apiIds": [], "serverId": 1 }]);
                tasks.push(tokio::spawn(async move {
                    call_as(&app, community, path, data).await
                }));
            }
        }
    }
    // By now, the writes wait for the lock.
    sleep(Duration::from_millis(500)).await;
    let read = call_as(&app, "demo-plus", "/general/get_accounts", json!([]));
    let answer = timeout(Duration::from_secs(5), read).await;
    assert_eq!(answer.expect("an answer").0, 200);
    other.execute("ROLLBACK").await.expect("no lock");
    for task in tasks {
        let answer = task.await.expect("an answer");
        assert_eq!(answer.0, 200, "{answer:?}");
    }
    server.close().await;
}
