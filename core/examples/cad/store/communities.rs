//! The callers: communities with their keys and subscriptions.

use super::Cad;
use crate::store::error::StoreError;
use crate::{AddOn, Tier};
use sqlx::Any;
use sqlx::any::AnyArguments;
use sqlx::query::QueryAs;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tiergate::Caller;
use tiergate::source::{ApiKey, KeyHash, SourceError, TierSource};

/// The timeout for looking up a caller.
const PATIENCE: Duration = Duration::from_secs(2);

/// Looks up the tiers of communities. Callers of version 1 send their community's id along with its key,
/// and callers of version 2 only send the key.
pub(crate) struct Communities {
    cad: Cad,
}

/// A community's subscription.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Without a tier, the subscription ends.
    pub(crate) tier: Option<Tier>,
    /// The end of the tier and the add-ons, in milliseconds since 1970.
    pub(crate) until: Option<i64>,
    /// The tier after the end. Without a tier, the subscription ends.
    pub(crate) then: Option<Tier>,
    pub(crate) add_ons: Vec<AddOn>,
}

impl Plan {
    /// Returns the keys of the add-ons, as the database stores them.
    pub(super) fn add_on_keys(&self) -> String {
        let keys: Vec<_> = self.add_ons.iter().map(|add_on| add_on.key()).collect();
        keys.join(",")
    }
}

/// A community in the database.
#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    key_hash: Vec<u8>,
    tier: String,
    api_enabled: i64,
    tier_until: Option<i64>,
    then_tier: Option<String>,
    add_ons: String,
}

type QueryRow = QueryAs<'static, Any, Row, AnyArguments>;

impl Row {
    /// Returns the caller that the community's key identifies.
    ///
    /// # Errors
    /// Returns an error for a tier that the program doesn't know. A lower tier would refuse a paying
    /// customer, and a higher tier would be free.
    fn caller(&self) -> Result<Caller<Tier>, SourceError> {
        if self.api_enabled == 0 {
            return Ok(Caller::without_subscription());
        }
        // An older program ignores the add-ons that only a newer program knows.
        let add_ons = self.add_ons.split(',').filter_map(AddOn::from_key);
        let mut caller = Caller::new(self.tier.parse::<Tier>()?).with_features(add_ons);
        if let Some(milliseconds) = self.tier_until {
            caller = caller.until(time(milliseconds));
        }
        if let Some(tier) = &self.then_tier {
            caller = caller.then(tier.parse::<Tier>()?);
        }
        Ok(caller)
    }
}

/// Converts milliseconds since 1970. A time that doesn't exist counts as past, so a mistake gives away no
/// subscription.
fn time(milliseconds: i64) -> SystemTime {
    let since_1970 = Duration::from_millis(u64::try_from(milliseconds).unwrap_or(0));
    UNIX_EPOCH.checked_add(since_1970).unwrap_or(UNIX_EPOCH)
}

impl Communities {
    pub(super) fn new(cad: Cad) -> Self {
        Self { cad }
    }

    fn check_open(&self) -> Result<(), SourceError> {
        if self.cad.is_open() {
            Ok(())
        } else {
            Err(SourceError::unavailable("the database is not open yet"))
        }
    }

    async fn by_id(&self, id: &str) -> Result<Option<Row>, SourceError> {
        let query = "SELECT id, key_hash, tier, api_enabled, tier_until, then_tier, add_ons
             FROM communities WHERE id = $1";
        self.row(sqlx::query_as(query).bind(id.to_owned())).await
    }

    async fn by_key(&self, key_hash: &KeyHash) -> Result<Option<Row>, SourceError> {
        let query = "SELECT id, key_hash, tier, api_enabled, tier_until, then_tier, add_ons
             FROM communities WHERE key_hash = $1";
        let key_hash = key_hash.as_bytes().to_vec();
        self.row(sqlx::query_as(query).bind(key_hash)).await
    }

    async fn row(&self, query: QueryRow) -> Result<Option<Row>, SourceError> {
        self.check_open()?;
        let lookup = query.fetch_optional(&self.cad.pool);
        match tokio::time::timeout(PATIENCE, lookup).await {
            Ok(row) => row.map_err(SourceError::unavailable),
            Err(_) => Err(SourceError::unavailable(
                "the database did not answer in time",
            )),
        }
    }

    /// Whether a community with this id exists, regardless of its key.
    ///
    /// # Errors
    /// Returns an error if the database is unavailable.
    pub(crate) async fn exists(&self, id: &str) -> Result<bool, SourceError> {
        self.by_id(id).await.map(|row| row.is_some())
    }

    /// Looks up the subscription of a community that doesn't call the server, to send it an event. The result
    /// isn't cached.
    ///
    /// # Errors
    /// Returns an error if the database is unavailable or the community is unknown.
    pub(crate) async fn caller(&self, id: &str) -> Result<Caller<Tier>, SourceError> {
        match self.by_id(id).await? {
            Some(row) => Ok(row.caller()?.with_id(row.id)),
            None => Err(SourceError::UnknownCaller),
        }
    }

    /// Changes a community's subscription. Returns whether the community exists.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub(crate) async fn change(&self, community: &str, plan: &Plan) -> Result<bool, StoreError> {
        if !self.cad.is_open() {
            return Err(StoreError::NotOpen);
        }
        let _turn = self.cad.community_with_id(community).turn().await?;
        // Replaces the whole plan. A customer who buys a tier during a trial keeps the tier when the
        // trial would have ended.
        let changed = sqlx::query(
            "UPDATE communities SET tier = coalesce($2, tier), api_enabled = $3,
                 tier_until = $4, then_tier = $5, add_ons = $6 WHERE id = $1",
        )
        .bind(community)
        .bind(plan.tier.map(Tier::name))
        .bind(i64::from(plan.tier.is_some()))
        .bind(plan.until)
        .bind(plan.then.map(Tier::name))
        .bind(plan.add_on_keys())
        .execute(&self.cad.pool)
        .await?;
        Ok(changed.rows_affected() > 0)
    }
}

impl TierSource for Communities {
    type Tier = Tier;

    async fn find(&self, key: &ApiKey) -> Result<Caller<Tier>, SourceError> {
        let key_hash = self.cad.hasher.hash(key);
        let row = match key.claimed_id() {
            Some(id) => self.by_id(id).await?,
            None => self.by_key(&key_hash).await?,
        };
        match row {
            Some(row) if KeyHash::from_bytes(&row.key_hash) == Some(key_hash) => {
                Ok(row.caller()?.with_id(row.id))
            }
            _ => Err(SourceError::UnknownCaller),
        }
    }
}
