//! The callers: communities with their keys and subscriptions.

use super::Cad;
use crate::Tier;
use crate::error::CadError;
use std::time::Duration;
use tiergate::Caller;
use tiergate::source::{ApiKey, KeyHash, SourceError, TierSource};

/// The timeout for looking up a caller.
const PATIENCE: Duration = Duration::from_secs(2);

/// Looks up the tiers of communities. Callers send their community's id along with its key.
pub(crate) struct Communities {
    cad: Cad,
}

/// A change to a community's subscription. Without a tier, the subscription ends.
pub(crate) struct Plan {
    pub(crate) community: String,
    pub(crate) tier: Option<Tier>,
}

/// The hash of a community's key, its tier, and whether its API access is enabled.
type Row = (Vec<u8>, String, i64);

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

    async fn row(&self, id: &str) -> Result<Option<Row>, SourceError> {
        self.check_open()?;
        let lookup =
            sqlx::query_as("SELECT key_hash, tier, api_enabled FROM communities WHERE id = $1")
                .bind(id)
                .fetch_optional(&self.cad.pool);
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
        self.row(id).await.map(|row| row.is_some())
    }

    /// Changes a community's subscription. Returns whether the community exists.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub(crate) async fn change(&self, plan: &Plan) -> Result<bool, CadError> {
        self.check_open()?;
        let changed = sqlx::query(
            "UPDATE communities SET tier = coalesce($2, tier), api_enabled = $3 WHERE id = $1",
        )
        .bind(&plan.community)
        .bind(plan.tier.map(Tier::name))
        .bind(i64::from(plan.tier.is_some()))
        .execute(&self.cad.pool)
        .await?;
        Ok(changed.rows_affected() > 0)
    }
}

impl TierSource for Communities {
    type Tier = Tier;

    async fn find(&self, key: &ApiKey) -> Result<Caller<Tier>, SourceError> {
        let id = key.claimed_id().unwrap_or_default();
        let Some((key_hash, tier, api_enabled)) = self.row(id).await? else {
            return Err(SourceError::UnknownCaller);
        };
        if KeyHash::from_bytes(&key_hash) != Some(self.cad.hasher.hash(key)) {
            return Err(SourceError::UnknownCaller);
        }
        if api_enabled == 0 {
            return Ok(Caller::without_subscription().with_id(id));
        }
        // A tier that the program doesn't know is an error, not a lower tier.
        Ok(Caller::new(tier.parse::<Tier>()?).with_id(id))
    }
}
