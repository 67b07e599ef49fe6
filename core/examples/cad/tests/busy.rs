//! A database that another program has locked.

use super::Server;
use crate::error::CadError;
use crate::store::StoreError;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use sqlx::{AnyConnection, Connection, Executor};

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
