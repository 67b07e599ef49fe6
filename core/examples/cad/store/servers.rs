//! Game servers and their configuration.

use super::limits::{Room, at_least_one, indexed, stored};
use super::{Community, Object, now, with};
use crate::store::error::{Missing, StoreError};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};
use sqlx::AnyConnection;
use std::net::IpAddr;
use tiergate::source::ApiKey;

/// A game server. Communities can add fields of their choice.
#[derive(Deserialize, JsonSchema, Serialize)]
pub(crate) struct Server {
    #[serde(skip_serializing)]
    pub(crate) id: i64,
    name: String,
    #[serde(flatten, deserialize_with = "own_fields")]
    more: Object,
}

/// The configuration that answers add to a server.
const ADDED_FIELDS: [&str; 4] = ["lastHeartbeat", "stations", "streetSigns", "callouts"];

/// Parses the fields of a community's choice. Clients change a field of an answer and send the whole answer
/// back, so these fields leave out what the answer added.
fn own_fields<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Object, D::Error> {
    let mut fields = Object::deserialize(deserializer)?;
    fields.retain(|name, _| !ADDED_FIELDS.contains(&name.as_str()));
    Ok(fields)
}

impl Server {
    /// Returns the address where the game server listens for events, from the vendor's fields `mapIp` and
    /// `listenerPort`. Clients send the port as a text or as a number.
    pub(super) fn listener(&self) -> Option<(&str, u16)> {
        let host = self.more.get("mapIp")?.as_str()?;
        let port = match self.more.get("listenerPort")? {
            Value::String(text) => text.parse().ok()?,
            port => u16::try_from(port.as_u64()?).ok()?,
        };
        (is_host(host) && port > 0).then_some((host, port))
    }

    /// Whether the server has both fields of an address, but they are invalid.
    fn has_invalid_address(&self) -> bool {
        // Clients send an empty text for an unused field.
        let is_given = |value: &Value| !value.is_null() && value != "";
        let has = |field| self.more.get(field).is_some_and(is_given);
        has("mapIp") && has("listenerPort") && self.listener().is_none()
    }
}

/// A list of servers that replaces the former list.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ServerList {
    servers: Vec<Server>,
    /// Whether the vendor hosts the map of the servers. Stored with each server.
    deploy_map: Option<bool>,
}

impl ServerList {
    /// Returns the servers with all their fields.
    pub(crate) fn servers(mut self) -> Vec<Server> {
        if let Some(deploy_map) = self.deploy_map {
            for server in &mut self.servers {
                server
                    .more
                    .insert("deployMap".to_owned(), deploy_map.into());
            }
        }
        self.servers
    }
}

/// Whether a text is an IP address or looks like the name of a host.
fn is_host(text: &str) -> bool {
    let is_name = |text: &str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
        (1..=253).contains(&text.len()) && text.bytes().all(allowed)
    };
    text.parse::<IpAddr>().is_ok() || is_name(text)
}

/// A callout that a server offers.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct Callout {
    pub(crate) id: String,
    #[serde(default)]
    data: Object,
}

/// An offence and its penalty.
#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PenalCode {
    pub(crate) code: String,
    #[serde(rename = "type")]
    kind: String,
    title: String,
    #[serde(default)]
    bond_type: String,
    #[serde(default)]
    jail_time: String,
    #[serde(default)]
    bond_amount: f64,
}

/// A postal code and its location.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct Postal {
    pub(crate) code: String,
    x: f64,
    y: f64,
}

/// The fields of a server without an address.
const NO_ADDRESS: &str = r#"{ "mapIp": null, "listenerPort": null }"#;

/// A server's number and body, its last heartbeat, and its stations.
type ServerRow = (i64, String, Option<i64>, Option<String>);

impl Community {
    /// Lists the servers with their configuration.
    pub(crate) async fn servers(&self) -> Result<Value, StoreError> {
        let mut transaction = self.read().await?;
        let mut room = Room::new();
        let rows = sqlx::query_as(
            "SELECT id, body, heartbeat_at, stations FROM servers
             WHERE community = $1 ORDER BY id",
        )
        .bind(&*self.id)
        .fetch(&mut *transaction);
        let size = |(_, body, _, stations): &ServerRow| {
            body.len() + stations.as_ref().map_or(0, String::len)
        };
        let rows = room.rows(rows, size).await?;
        let signs = sqlx::query_as(
            "SELECT server_id, id, body FROM street_signs WHERE community = $1 ORDER BY id",
        )
        .bind(&*self.id)
        .fetch(&mut *transaction);
        let size = |(_, _, body): &(i64, i64, String)| body.len();
        let signs = room.rows(signs, size).await?;
        let callouts = sqlx::query_as(
            "SELECT server_id, id, body FROM callouts WHERE community = $1 ORDER BY id",
        )
        .bind(&*self.id)
        .fetch(&mut *transaction);
        let size = |(_, id, body): &(i64, String, String)| id.len() + body.len();
        let callouts = room.rows(callouts, size).await?;
        let servers: Result<Value, StoreError> = rows
            .iter()
            .map(|(id, body, heartbeat_at, stations)| {
                let signs = signs.iter().filter(|(of, ..)| of == id);
                let signs = signs.map(|(_, id, body)| with(body, json!({ "id": id })));
                let callouts = callouts.iter().filter(|(of, ..)| of == id);
                let callouts = callouts.map(|(_, id, body)| {
                    let data: Value = serde_json::from_str(body)?;
                    Ok(json!({ "id": id, "data": data }))
                });
                let stations = stations.as_deref().unwrap_or("null");
                let more = json!({
                    "id": id,
                    "lastHeartbeat": heartbeat_at,
                    "stations": serde_json::from_str::<Value>(stations)?,
                    "streetSigns": signs.collect::<Result<Value, StoreError>>()?,
                    "callouts": callouts.collect::<Result<Value, StoreError>>()?,
                });
                with(NO_ADDRESS, with(body, more)?)
            })
            .collect();
        let penal_codes = self.penal_codes_in(&mut transaction).await?;
        let postals: Vec<(String, f64, f64)> =
            sqlx::query_as("SELECT code, x, y FROM postals WHERE community = $1 ORDER BY code")
                .bind(&*self.id)
                .fetch_all(&mut *transaction)
                .await?;
        let postals = postals
            .iter()
            .map(|(code, x, y)| json!({ "code": code, "x": x, "y": y }));
        Ok(json!({
            "servers": servers?,
            "penalCodes": penal_codes,
            "postals": postals.collect::<Value>(),
        }))
    }

    /// Lists the penal codes.
    pub(crate) async fn penal_codes(&self) -> Result<Vec<PenalCode>, StoreError> {
        let mut connection = self.pool.acquire().await?;
        self.penal_codes_in(&mut connection).await
    }

    async fn penal_codes_in(
        &self,
        connection: &mut AnyConnection,
    ) -> Result<Vec<PenalCode>, StoreError> {
        let codes: Vec<String> =
            sqlx::query_scalar("SELECT body FROM penal_codes WHERE community = $1 ORDER BY code")
                .bind(&*self.id)
                .fetch_all(connection)
                .await?;
        let codes = codes.iter().map(|body| serde_json::from_str(body));
        Ok(codes.collect::<Result<_, _>>()?)
    }

    /// Lists the servers, without their configuration.
    pub(crate) async fn server_list(&self) -> Result<Vec<Value>, StoreError> {
        let rows = sqlx::query_as("SELECT id, body FROM servers WHERE community = $1 ORDER BY id")
            .bind(&*self.id)
            .fetch(&self.pool);
        let size = |(_, body): &(i64, String)| body.len();
        let rows = Room::new().rows(rows, size).await?;
        rows.iter()
            .map(|(id, body)| with(body, json!({ "id": id })))
            .collect()
    }

    /// Replaces the list of servers. Servers that remain keep their configuration. The first server with an
    /// address gets the community's events, along with this key.
    pub(crate) async fn set_servers(
        &self,
        servers: &[Server],
        key: &ApiKey,
    ) -> Result<(), StoreError> {
        at_least_one("SERVER", servers)?;
        if let Some(server) = servers.iter().find(|server| server.has_invalid_address()) {
            let server_id = server.id;
            return Err(StoreError::InvalidAddress { server_id });
        }
        let mut transaction = self.write().await?;
        let former: Vec<i64> = sqlx::query_scalar("SELECT id FROM servers WHERE community = $1")
            .bind(&*self.id)
            .fetch_all(&mut *transaction)
            .await?;
        for id in former {
            if !servers.iter().any(|server| server.id == id) {
                sqlx::query("DELETE FROM servers WHERE community = $1 AND id = $2")
                    .bind(&*self.id)
                    .bind(id)
                    .execute(&mut *transaction)
                    .await?;
            }
        }
        for server in servers {
            sqlx::query(
                "INSERT INTO servers (community, id, body) VALUES ($1, $2, $3)
                 ON CONFLICT (community, id) DO UPDATE SET body = $3",
            )
            .bind(&*self.id)
            .bind(server.id)
            .bind(stored(server)?)
            .execute(&mut *transaction)
            .await?;
        }
        self.set_receiver(&mut transaction, servers, key).await?;
        Ok(transaction.commit().await?)
    }

    /// Records a heartbeat of a server.
    pub(crate) async fn heartbeat(&self, server_id: i64) -> Result<(), StoreError> {
        let _turn = self.turn().await?;
        let updated =
            sqlx::query("UPDATE servers SET heartbeat_at = $1 WHERE community = $2 AND id = $3")
                .bind(now())
                .bind(&*self.id)
                .bind(server_id)
                .execute(&self.pool)
                .await?;
        found(updated.rows_affected(), server_id)
    }

    /// Returns an error unless the community has the server.
    pub(crate) async fn check_server(&self, server_id: i64) -> Result<(), StoreError> {
        let mut connection = self.pool.acquire().await?;
        self.server_exists(&mut connection, server_id).await
    }

    /// Sets the stations of a server.
    pub(crate) async fn set_stations(
        &self,
        server_id: i64,
        config: &Object,
    ) -> Result<(), StoreError> {
        let _turn = self.turn().await?;
        let updated =
            sqlx::query("UPDATE servers SET stations = $1 WHERE community = $2 AND id = $3")
                .bind(stored(config)?)
                .bind(&*self.id)
                .bind(server_id)
                .execute(&self.pool)
                .await?;
        found(updated.rows_affected(), server_id)
    }

    /// Replaces the callouts of a server.
    pub(crate) async fn set_callouts(
        &self,
        server_id: i64,
        callouts: &[Callout],
    ) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        self.server_exists(&mut transaction, server_id).await?;
        sqlx::query("DELETE FROM callouts WHERE community = $1 AND server_id = $2")
            .bind(&*self.id)
            .bind(server_id)
            .execute(&mut *transaction)
            .await?;
        for callout in callouts {
            sqlx::query(
                "INSERT INTO callouts (community, server_id, id, body) VALUES ($1, $2, $3, $4)",
            )
            .bind(&*self.id)
            .bind(server_id)
            .bind(indexed(&callout.id)?)
            .bind(stored(&callout.data)?)
            .execute(&mut *transaction)
            .await?;
        }
        Ok(transaction.commit().await?)
    }

    /// Replaces the penal codes.
    pub(crate) async fn set_penal_codes(&self, codes: &[PenalCode]) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        sqlx::query("DELETE FROM penal_codes WHERE community = $1")
            .bind(&*self.id)
            .execute(&mut *transaction)
            .await?;
        for code in codes {
            sqlx::query("INSERT INTO penal_codes (community, code, body) VALUES ($1, $2, $3)")
                .bind(&*self.id)
                .bind(indexed(&code.code)?)
                .bind(stored(code)?)
                .execute(&mut *transaction)
                .await?;
        }
        Ok(transaction.commit().await?)
    }

    /// Replaces the postal codes.
    pub(crate) async fn set_postals(&self, postals: &[Postal]) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        sqlx::query("DELETE FROM postals WHERE community = $1")
            .bind(&*self.id)
            .execute(&mut *transaction)
            .await?;
        for postal in postals {
            sqlx::query("INSERT INTO postals (community, code, x, y) VALUES ($1, $2, $3, $4)")
                .bind(&*self.id)
                .bind(indexed(&postal.code)?)
                .bind(postal.x)
                .bind(postal.y)
                .execute(&mut *transaction)
                .await?;
        }
        Ok(transaction.commit().await?)
    }
}

fn found(rows: u64, server_id: i64) -> Result<(), StoreError> {
    if rows == 0 {
        return Err(Missing::Server(server_id).into());
    }
    Ok(())
}
