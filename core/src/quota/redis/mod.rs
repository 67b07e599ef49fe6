//! Counters in Redis, which several machines share.

pub(crate) mod outage;
pub(crate) mod scope_names;

use self::outage::{OnOutage, OutageState};
use self::scope_names::ScopeNames;
use crate::quota::bucket::LONGEST_RATE;
use crate::quota::outcome::{CounterState, Violation};
use crate::quota::plan::{Counter, Take};
use crate::source::stores::redis::client::RedisClient;
use crate::source::stores::redis::redis_error::{
    concerns_only_one_key, describe_redis_error, is_on_other_cluster_server,
};
use crate::source::stores::redis::runtime_connections::RuntimeConnections;
use redis::{Cmd, ErrorKind, FromRedisValue, RedisError};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The counters of all callers in Redis. Each counter has its own key, which expires.
pub(crate) struct RedisStore {
    connections: RuntimeConnections,
    scopes: ScopeNames,
    pub(crate) outage: Arc<OutageState>,
    is_key_error_logged: AtomicBool,
}

/// How a handle uses the store.
#[derive(Clone)]
pub(crate) struct RedisSettings {
    /// How long a call waits for the store.
    pub(crate) timeout: Duration,
    /// How the names of the keys begin.
    pub(crate) prefix: Arc<str>,
}

impl Default for RedisSettings {
    fn default() -> Self {
        Self {
            timeout: Duration::from_millis(250),
            prefix: "tiergate:quota".into(),
        }
    }
}

const SCRIPT: &str = include_str!("take.lua");

/// The SHA-1 of the script, which the server uses to find it. A test compares it with the server's SHA-1.
const SCRIPT_SHA1: &str = "f01ce67fe5737ce61d88fdde65a2133192eddcae";

/// The numbers that the script returns for each counter.
const NUMBERS: usize = 6;

impl RedisStore {
    pub(crate) fn new(client: RedisClient, scopes: ScopeNames) -> Self {
        let mut connections = RuntimeConnections::new(client);
        // Calls have a timeout, which may be longer than that of the connection manager.
        connections.config = connections.config.set_response_timeout(None);
        Self {
            connections,
            scopes,
            outage: Arc::default(),
            is_key_error_logged: AtomicBool::new(false),
        }
    }

    /// Deducts the cost of a call from all counters or from none, in one round trip. `caller` is the shared
    /// hash of the caller's identity.
    ///
    /// This function doesn't send a failed command again, because the server may have executed it. The client of
    /// a cluster sends it again, unless its number of retries is 0.
    pub(crate) async fn take(
        &self,
        settings: &RedisSettings,
        caller: &str,
        takes: &[Take],
    ) -> Result<Vec<CounterState>, RedisError> {
        if takes.is_empty() {
            return Ok(Vec::new());
        }
        let RedisSettings { timeout, prefix } = settings;
        let by_hash = self.script_command("EVALSHA", SCRIPT_SHA1, prefix, caller, takes);
        let numbers: Result<Vec<i64>, _> = match self.run(&by_hash, *timeout).await {
            // The server has restarted, or this is the first call. `EVAL` also loads the script.
            Err(error) if error.code() == Some("NOSCRIPT") => {
                let by_text = self.script_command("EVAL", SCRIPT, prefix, caller, takes);
                self.run(&by_text, *timeout).await
            }
            result => result,
        };
        read_states(&numbers?, takes)
    }

    /// Removes counters of a caller.
    pub(crate) async fn reset(
        &self,
        settings: &RedisSettings,
        caller: &str,
        counters: &[Counter],
    ) -> Result<(), RedisError> {
        if counters.is_empty() {
            return Ok(());
        }
        let mut command = redis::cmd("DEL");
        for counter in counters {
            command.arg(self.scopes.key(&settings.prefix, caller, *counter));
        }
        let _: i64 = self.run(&command, settings.timeout).await?;
        Ok(())
    }

    fn script_command(
        &self,
        command: &str,
        script: &str,
        prefix: &str,
        caller: &str,
        takes: &[Take],
    ) -> Cmd {
        let mut command = redis::cmd(command);
        command.arg(script).arg(takes.len());
        for take in takes {
            command.arg(self.scopes.key(prefix, caller, take.counter));
        }
        for take in takes {
            let window = take.counter.window.seconds();
            command
                .arg(u64::from(window) * 1_000_000)
                .arg(
                    take.limit
                        .as_ref()
                        .map_or(-1, |limit| i64::from(limit.amount)),
                )
                .arg(take.cost)
                .arg(u8::from(window <= LONGEST_RATE));
        }
        command
    }

    async fn run<V: FromRedisValue>(
        &self,
        command: &Cmd,
        timeout: Duration,
    ) -> Result<V, RedisError> {
        let connection = self.connections.of_current_runtime();
        let was_open = connection.is_open();
        let query = self.connections.query(&connection, command);
        let (error, has_failed) = match tokio::time::timeout(timeout, query).await {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(error)) => {
                let is_normal = error.code() == Some("NOSCRIPT") || concerns_only_one_key(&error);
                (error, !is_normal)
            }
            Err(_) => ((ErrorKind::Io, "no response in time").into(), was_open),
        };
        if has_failed {
            self.connections.replace(&connection);
        }
        Err(error)
    }

    /// Records that a call failed. An error that concerns only one caller doesn't begin an outage.
    #[cold]
    pub(crate) fn failed(&self, error: &RedisError, now: u64, on_outage: OnOutage) {
        if !concerns_only_one_key(error) {
            if self.outage.failed(now) {
                let reason = describe_redis_error(error);
                let effect = on_outage.describe();
                tracing::warn!("the quota store is unavailable: {reason}; {effect}");
            }
            return;
        }
        // The store has responded.
        self.succeeded(now);
        if self.is_key_error_logged.swap(true, Ordering::Relaxed) {
            return;
        }
        let effect = on_outage.describe();
        if is_on_other_cluster_server(error) && !self.connections.is_of_cluster() {
            tracing::error!(
                "the Redis server of the quota store belongs to a cluster, and other servers store the counters \
                 of some callers: pass a `redis::cluster::ClusterClient` to `Quotas::redis` instead of a \
                 `redis::Client` (feature `redis-cluster`); for these callers, {effect}"
            );
        } else {
            let reason = describe_redis_error(error);
            tracing::error!(
                "the quota store can't count some callers' calls: {reason}; for these callers, {effect}"
            );
        }
    }

    /// Records that a call succeeded.
    pub(crate) fn succeeded(&self, now: u64) {
        if self.outage.succeeded(now) {
            tracing::info!("the quota store is available again");
        }
    }
}

/// Reads what the script returns.
fn read_states(numbers: &[i64], takes: &[Take]) -> Result<Vec<CounterState>, RedisError> {
    if numbers.len() != takes.len() * NUMBERS {
        let message = "the script returned another number of values";
        return Err((ErrorKind::UnexpectedReturnType, message).into());
    }
    let states = numbers.chunks_exact(NUMBERS).map(|numbers| {
        let microseconds = |at: usize| Duration::from_micros(numbers[at].max(0).unsigned_abs());
        let units = |at: usize| u32::try_from(numbers[at].max(0)).unwrap_or(u32::MAX);
        CounterState {
            used: units(0),
            remaining: units(1),
            resets_in: microseconds(2),
            violation: (numbers[3] != 0).then(|| Violation {
                wait: (numbers[3] == 1).then(|| microseconds(4)),
                is_first: numbers[5] == 1,
            }),
        }
    });
    Ok(states.collect())
}
