//! Changes of subscriptions. The billing service reports them, and every server is notified.

use crate::error::CadError;
use crate::store::{Cad, Communities, Dialect, Plan};
use crate::{AddOn, Tier};
use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use serde::Deserialize;
use sqlx::postgres::PgPoolOptions;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tiergate::source::{ApiKey, KeyHasher, listen_postgres, listen_redis};
use tiergate::{Cached, requires_tier};
use tokio::time::timeout;

/// The notification channel on which servers announce changed communities.
const CHANNEL: &str = "cad_communities";

/// The timeout for publishing a change to Redis.
const PATIENCE: Duration = Duration::from_secs(2);

/// Caches the subscriptions of communities and publishes changes to them.
#[derive(Clone)]
pub(crate) struct Subscriptions {
    pub(crate) cached: Cached<Communities>,
    redis: Option<ConnectionManager>,
    secret: Option<Arc<str>>,
}

impl Subscriptions {
    /// Starts listening for changes on PostgreSQL, if that is the database, and on Redis, if a URL is
    /// given. Without either, servers that share a file notice a change within a second.
    ///
    /// # Errors
    /// Returns an error if a URL is invalid.
    pub(crate) fn start(
        cad: &Cad,
        database: &str,
        redis: Option<&str>,
        secret: Option<String>,
    ) -> Result<Self, Box<dyn Error>> {
        let is_notified = cad.dialect() == Dialect::Postgres || redis.is_some();
        let ttl = if is_notified { 60 } else { 1 };
        let cached = Cached::builder(cad.communities())
            .ttl(Duration::from_secs(ttl))
            .negative_ttl(Duration::from_secs(1))
            .build();
        if cad.dialect() == Dialect::Postgres {
            let pool = PgPoolOptions::new()
                .max_connections(1)
                .connect_lazy(database)?;
            tokio::spawn(listen_postgres(&cached, &pool, CHANNEL));
        }
        let mut connection = None;
        if let Some(url) = redis {
            let client = redis::Client::open(url)?;
            let config = ConnectionManagerConfig::new();
            connection = Some(client.get_connection_manager_lazy(config)?);
            tokio::spawn(listen_redis(&cached, client, CHANNEL));
        }
        Ok(Self {
            cached,
            redis: connection,
            // An empty token counts as unset.
            secret: secret.filter(|secret| !secret.is_empty()).map(Arc::from),
        })
    }

    async fn change(&self, community: &str, plan: &Plan) -> Result<bool, CadError> {
        let found = self.cached.source().change(community, plan).await?;
        self.cached.invalidate(community);
        if let Some(mut redis) = self.redis.clone() {
            let mut publish = redis::cmd("PUBLISH");
            publish.arg(CHANNEL).arg(community);
            let published = timeout(PATIENCE, publish.query_async::<()>(&mut redis));
            // The change is already saved. Servers that miss the notification apply the change when
            // their cached entry expires.
            let reason = match published.await {
                Ok(Ok(())) => return Ok(found),
                Ok(Err(error)) => error.to_string(),
                Err(_) => "Redis did not answer in time".to_owned(),
            };
            eprintln!("error: cannot announce the changed plan of {community}: {reason}");
        }
        Ok(found)
    }
}

/// The request of the billing service. It replaces the community's whole plan.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Subscription {
    community: String,
    /// `None` if the subscription has ended.
    tier: Option<Tier>,
    /// The end of a trial or of a cancelled plan, in milliseconds since 1970.
    until: Option<u64>,
    /// The tier after this end. `None` if the subscription then ends.
    then: Option<Tier>,
    #[serde(default)]
    add_ons: Vec<AddOn>,
}

impl Subscription {
    /// Returns the plan, or `None` if a part of it would have no effect.
    fn plan(self) -> Option<Plan> {
        if self.tier.is_none() && (self.until.is_some() || !self.add_ons.is_empty()) {
            return None;
        }
        if self.until.is_none() && self.then.is_some() {
            return None;
        }
        Some(Plan {
            tier: self.tier,
            until: self.until.map(i64::try_from).transpose().ok()?,
            then: self.then,
            add_ons: self.add_ons,
        })
    }
}

/// Changes the subscription of a community.
///
/// A plan that contradicts itself gets 422, for example one with `then` and without `until`.
///
/// Only the billing service may call this endpoint, with the bearer token `CAD_BILLING_KEY`. If no
/// token is configured, every call is refused.
#[requires_tier(
    public = "the billing service has a separate token",
    post = "/billing/subscription"
)]
pub(crate) async fn subscription(
    Billing(subscriptions): Billing,
    Json(subscription): Json<Subscription>,
) -> Result<StatusCode, CadError> {
    // PostgreSQL can't store a zero byte, so no community has this id.
    if subscription.community.contains('\0') {
        return Ok(StatusCode::NOT_FOUND);
    }
    let community = subscription.community.clone();
    let Some(plan) = subscription.plan() else {
        return Ok(StatusCode::UNPROCESSABLE_ENTITY);
    };
    if subscriptions.change(&community, &plan).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Ok(StatusCode::NOT_FOUND)
    }
}

/// Extracts the billing service. Verifies its token before the body of the request is read.
pub(crate) struct Billing(Subscriptions);

impl<S: Sync> FromRequestParts<S> for Billing {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        let subscriptions = parts.extensions.get::<Subscriptions>();
        let subscriptions = subscriptions.ok_or(StatusCode::INTERNAL_SERVER_ERROR)?;
        // Refuses several tokens, because a proxy may have checked a different one.
        let mut tokens = parts.headers.get_all(AUTHORIZATION).iter();
        let token = match (tokens.next(), tokens.next()) {
            (Some(token), None) => Some(token),
            _ => None,
        };
        let token = token.and_then(|value| value.to_str().ok());
        let token = token.and_then(|value| value.strip_prefix("Bearer "));
        if is_same(token, subscriptions.secret.as_deref()) {
            Ok(Self(subscriptions.clone()))
        } else {
            Err(StatusCode::UNAUTHORIZED)
        }
    }
}

/// Compares hashes, so the time doesn't reveal how much of the token is right.
fn is_same(token: Option<&str>, secret: Option<&str>) -> bool {
    let (Some(token), Some(secret)) = (token, secret) else {
        return false;
    };
    let hasher = KeyHasher::new(secret);
    hasher.hash(&ApiKey::new(token)) == hasher.hash(&ApiKey::new(secret))
}
