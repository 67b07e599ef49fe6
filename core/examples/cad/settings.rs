//! The settings of the server, which come from environment variables. [`USAGE`](crate::arguments::USAGE)
//! describes them.

use crate::Tier;
use std::env;
use std::error::Error;
use std::num::NonZeroU32;
use tiergate::Overrides;
use tiergate::overrides::TomlOverrides;
use tracing_subscriber::filter::LevelFilter;

pub(crate) struct Settings {
    pub(crate) address: String,
    pub(crate) database: String,
    pub(crate) redis: Option<String>,
    /// The number of servers that share their counters through Redis.
    pub(crate) servers: NonZeroU32,
    pub(crate) secret: String,
    pub(crate) log_level: LevelFilter,
    /// The address for metrics.
    pub(crate) metrics: Option<String>,
    pub(crate) billing_key: Option<String>,
    /// Whether to send events to private addresses too.
    pub(crate) allow_private: bool,
}

impl Settings {
    /// Reads the settings.
    ///
    /// # Errors
    /// Returns an error if a variable is invalid.
    pub(crate) fn from_environment() -> Result<Self, Box<dyn Error>> {
        let with_default =
            |name, default: &str| env::var(name).unwrap_or_else(|_| default.to_owned());
        let secret = with_default("CAD_SECRET", "of the example cad");
        if secret.is_empty() {
            return Err("CAD_SECRET is empty; set a secret, or unset the variable".into());
        }
        Ok(Self {
            address: with_default("CAD_ADDR", "127.0.0.1:8080"),
            database: with_default("CAD_DATABASE", "sqlite:cad.sqlite3"),
            redis: env::var("CAD_REDIS").ok(),
            servers: with_default("CAD_SERVERS", "1")
                .parse()
                .map_err(|_| "CAD_SERVERS must be a whole number of at least 1")?,
            secret,
            log_level: with_default("CAD_LOG", "warn").parse()?,
            metrics: env::var("CAD_METRICS").ok(),
            billing_key: env::var("CAD_BILLING_KEY").ok(),
            allow_private: match env::var("CAD_ALLOW_PRIVATE").as_deref() {
                Ok("1") => true,
                Ok("") | Err(_) => false,
                Ok(_) => return Err("CAD_ALLOW_PRIVATE must be 1, or unset".into()),
            },
        })
    }

    /// Returns the database's URL without credentials, for messages.
    pub(crate) fn database_without_credentials(&self) -> String {
        let database = &self.database;
        match (database.split_once("://"), database.rsplit_once('@')) {
            (Some((scheme, _)), Some((_, server))) => format!("{scheme}://…@{server}"),
            _ => database.clone(),
        }
    }
}

/// Loads the overrides and returns their file, if there is one. Commands load them too.
///
/// # Errors
/// Returns an error if the file is missing or invalid.
pub(crate) async fn load_overrides(
    overrides: &Overrides<Tier>,
) -> Result<Option<TomlOverrides>, String> {
    let Some(file) = env::var_os("CAD_OVERRIDES").map(TomlOverrides::new) else {
        return Ok(None);
    };
    match file.load(overrides).await {
        Ok(()) => Ok(Some(file)),
        Err(error) => Err(format!("cannot load the overrides: {error}")),
    }
}
