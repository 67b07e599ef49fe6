use crate::access::overrides::Overrides;
use crate::access::overrides::invalid::InvalidOverrides;
use crate::access::overrides::quotation::{escaped, quoted};
use crate::access::overrides::raw::{RawSnapshot, RawValue};
use crate::overrides::document::{DocumentValue, Entry};
use crate::overrides::load_error::LoadError;
use crate::overrides::loader::Loader;
use crate::overrides::store::{Store, StoreOptions, Stored, Wake};
use crate::overrides::wake_on_change::WakeOnChange;
use crate::source::stores::redis::client::RedisClient;
use crate::source::stores::redis::listen_redis::receive_messages;
use crate::source::stores::redis::redis_error::describe_redis_error;
use crate::source::stores::redis::runtime_connections::RuntimeConnections;
use crate::tier::Tier;
use futures_util::future::select;
use redis::Client;
use serde::Deserialize;
use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

/// The maximum size of the value. A larger value is unlikely to contain overrides.
const LARGEST_VALUE: usize = 16 * 1024 * 1024;

/// Overrides in a value in Redis (feature `redis`).
///
/// ```no_run
/// use tiergate::overrides::RedisOverrides;
/// use tiergate::{Catalogue, Overrides, requires_tier};
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// #[requires_tier(Plus, post = "/export")]
/// fn export() {}
///
/// #[derive(Catalogue)]
/// #[catalogue(tier = Tier, handlers(export))]
/// struct Api;
///
/// # #[tokio::main] async fn main() -> Result<(), redis::RedisError> {
/// let client = redis::Client::open("redis://127.0.0.1")?;
/// let overrides = Overrides::of::<Api>();
/// let value = RedisOverrides::new(client.clone(), "overrides").listen(client, "overrides");
/// tokio::spawn(value.watch(&overrides));
/// # Ok(()) }
/// ```
///
/// # The value
/// The key's value is a JSON document with a version and all overrides. `SET` replaces the whole value at
/// once, so a program never reads half of a change:
///
/// ```sh
/// redis-cli SET overrides '{
///   "version": 7,
///   "overrides": [
///     {"kind": "close", "endpoint": "POST /export", "by": "ops", "because": "disk full"},
///     {"kind": "grant", "endpoint": "export", "customer": "customer-7", "until": "2026-12-01T00:00:00Z"}
///   ]
/// }'
/// redis-cli PUBLISH overrides ''
/// ```
///
/// `version` is a whole number. **Raise it with every change.** A value with a lower version is
/// rejected. A value with the same version but different overrides is rejected too. `overrides` may be
/// empty, and each override has the [fields](super#stores) of an override. If anything is invalid, the
/// whole value is rejected. A missing key is an error. Otherwise, a loss of data in Redis would end
/// every kill switch.
///
/// # Changes
/// The value is read every 500 milliseconds. [`listen`](Self::listen) makes changes take effect within
/// milliseconds of a `PUBLISH`.
pub struct RedisOverrides {
    shared: Arc<Shared>,
    options: StoreOptions,
    /// The client and the channel on which to listen.
    channel: Option<(Client, String)>,
}

struct Shared {
    connections: RuntimeConnections,
    key: String,
}

impl RedisOverrides {
    /// Creates a store that reads the value of this key.
    pub fn new(client: impl Into<RedisClient>, key: impl Into<String>) -> Self {
        Self {
            shared: Arc::new(Shared {
                connections: RuntimeConnections::new(client.into()),
                key: key.into(),
            }),
            options: StoreOptions::every(Duration::from_millis(500)),
            channel: None,
        }
    }

    /// Listens on a Redis channel, and reads the value at once after each message. The content of the
    /// messages doesn't matter. The value is still read at each interval, so a lost message only delays
    /// a change.
    ///
    /// A cluster sends each message to all of its servers, so a client for any of the servers is enough.
    #[must_use]
    pub fn listen(mut self, client: Client, channel: &str) -> Self {
        self.channel = Some((client, channel.to_owned()));
        self
    }

    /// Sets how long to wait before the value is read again. The default is 500 milliseconds.
    #[must_use]
    pub fn interval(mut self, interval: Duration) -> Self {
        self.options.interval = interval;
        self
    }

    /// Sets how long a read may take. The default is two seconds.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options.timeout = timeout;
        self
    }

    /// Accepts values whose version is lower than the installed version. The default is `false`. With
    /// `true`, a restored backup or an outdated replica can end a kill switch.
    #[must_use]
    pub fn accept_older_versions(mut self, accepts: bool) -> Self {
        self.options.accepts_older_versions = accepts;
        self
    }

    /// Reads the value once and installs its overrides.
    ///
    /// # Errors
    /// Returns an error if the value can't be read, or if it isn't a valid set of overrides.
    pub async fn load<T: Tier>(&self, overrides: &Overrides<T>) -> Result<(), LoadError> {
        Loader::new(self.clone(), overrides, self.options)
            .load()
            .await
    }

    /// Installs the value's overrides, and follows the value's changes. Spawn the returned future on a
    /// tokio runtime. It runs until you drop it.
    ///
    /// If the value can't be read or isn't valid, the installed overrides stay in effect. Each problem
    /// is logged once, at the `ERROR` level.
    pub fn watch<T: Tier>(
        &self,
        overrides: &Overrides<T>,
    ) -> impl Future<Output = ()> + Send + use<T> {
        let loader = Loader::new(self.clone(), overrides, self.options);
        let channel = self.channel.clone();
        async move {
            let wake = Wake::default();
            let watching = pin!(loader.watch(&wake));
            match channel {
                Some((client, channel)) => {
                    let receiver = WakeOnChange::new(wake.clone(), "Redis");
                    let listening = pin!(receive_messages(client, channel, receiver));
                    select(watching, listening).await;
                }
                None => watching.await,
            }
        }
    }

    async fn read_value(&self) -> Result<Vec<u8>, String> {
        let Shared { connections, key } = &*self.shared;
        // Unlike `GET`, this command limits the size of the response.
        let mut command = redis::cmd("GETRANGE");
        command.arg(key).arg(0).arg(LARGEST_VALUE);
        let command = &command;
        let query = |connection| async move { connections.query(&connection, command).await };
        let value = connections
            .query_with_retry(self.options.timeout, query)
            .await;
        value.map_err(|error| match error {
            Some(error) => describe_redis_error(&error),
            None => "no response in time".to_owned(),
        })
    }
}

impl Store for RedisOverrides {
    const NAME: &'static str = "redis";
    type Content = Vec<u8>;

    async fn read(&self, known: Option<&Vec<u8>>) -> Result<Option<Stored<Vec<u8>>>, LoadError> {
        let content = self.read_value().await.map_err(LoadError::unavailable)?;
        if Some(&content) == known {
            return Ok(None);
        }
        let snapshot = parse(&content).map_err(|reason| {
            let key = quoted(&self.shared.key);
            InvalidOverrides::unreadable(format!("the Redis key {key}: {reason}"))
        });
        Ok(Some(Stored { content, snapshot }))
    }
}

#[derive(Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "an object with `version` and `overrides`"
)]
struct Document {
    version: u64,
    overrides: Vec<Entry<serde_json::Value>>,
}

impl DocumentValue for serde_json::Value {
    fn into_raw(self) -> Option<RawValue> {
        let other = match self {
            Self::Null => return None,
            Self::String(text) => return Some(RawValue::Text(text)),
            Self::Number(_) => "a number",
            Self::Bool(_) => "a boolean",
            Self::Array(_) => "a list",
            Self::Object(_) => "an object",
        };
        Some(RawValue::Other(other.to_owned()))
    }
}

/// Reads a value. Returns an error message that is safe to log.
fn parse(content: &[u8]) -> Result<RawSnapshot, String> {
    if content.is_empty() {
        return Err(
            "there is no value; to have no overrides, write {\"version\": 1, \"overrides\": []}"
                .to_owned(),
        );
    }
    if content.len() > LARGEST_VALUE {
        return Err(format!("the value has more than {LARGEST_VALUE} bytes"));
    }
    let document: Document =
        serde_json::from_slice(content).map_err(|error| escaped(&error.to_string()))?;
    Ok(RawSnapshot {
        version: document.version,
        overrides: document
            .overrides
            .into_iter()
            .map(|entry| entry.raw)
            .collect(),
    })
}

impl Clone for RedisOverrides {
    fn clone(&self) -> Self {
        Self {
            shared: self.shared.clone(),
            options: self.options,
            channel: self.channel.clone(),
        }
    }
}

/// The client's URL may contain a password, so the client isn't shown.
impl fmt::Debug for RedisOverrides {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisOverrides")
            .field("key", &self.shared.key)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_document_contains_a_version_and_overrides() {
        let none = parse(b"{\"version\": 7, \"overrides\": []}").unwrap();
        assert_eq!((none.version, none.overrides.len()), (7, 0));
        let one = parse(
            br#"{"overrides": [{"kind": "close", "endpoint": "export", "tier": null}], "version": 8}"#,
        );
        let one = one.unwrap();
        assert_eq!((one.version, one.overrides.len()), (8, 1));
    }

    #[test]
    fn other_values_are_rejected_with_short_escaped_messages() {
        for (content, expected) in [
            ("", "there is no value; to have no overrides, write"),
            (
                "7",
                "invalid type: integer `7`, expected an object with `version` and `overrides`",
            ),
            ("{}", "missing field `version`"),
            ("{\"version\": 7}", "missing field `overrides`"),
            (
                "{\"version\": 7, \"overrides\": []",
                "EOF while parsing an object",
            ),
            (
                "{\"version\": 7, \"overrides\": []} ,",
                "trailing characters",
            ),
            (
                "{\"version\": -7, \"overrides\": []}",
                "invalid value: integer `-7`",
            ),
            (
                "{\"version\": \"7\", \"overrides\": []}",
                "invalid type: string \"7\"",
            ),
            (
                "{\"version\": 7, \"version\": 8, \"overrides\": []}",
                "duplicate field `version`",
            ),
            (
                "{\"version\": 7, \"overrides\": [], \"a\\u001b\": 1}",
                "unknown field `a\\u{1b}`",
            ),
            (
                "{\"version\": 7, \"overrides\": [1]}",
                "invalid type: integer `1`, expected an override with fields",
            ),
            (
                "\u{feff}{\"version\": 7, \"overrides\": []}",
                "expected value at line 1 column 1",
            ),
        ] {
            let error = parse(content.as_bytes()).unwrap_err();
            assert!(error.contains(expected), "{content}: {error}");
        }
        let long = format!("{{\"{}\": 1}}", "x".repeat(10_000));
        assert!(parse(long.as_bytes()).unwrap_err().len() < 300);
        assert!(parse(b"\xff\xfe").is_err());
        let deep = "[".repeat(100_000);
        assert!(parse(deep.as_bytes()).is_err());
    }
}
