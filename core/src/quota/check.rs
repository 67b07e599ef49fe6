//! Checks calls against their limits, and deducts their cost.

use crate::access::refusal::Refusal;
use crate::endpoint::Endpoint;
use crate::quota::plan::{Bill, Found, Take};
use crate::quota::quotas::Quotas;
use crate::quota::request::{QuotaCheck, QuotaOutcome, QuotaRequest, Subject};
use crate::quota::telemetry;
use std::sync::Arc;
#[cfg(feature = "redis")]
use {
    crate::quota::redis::RedisStore,
    crate::quota::redis::outage::{Attempt, OnOutage, RETRY_INTERVAL},
    std::time::Duration,
};

impl Quotas {
    /// Checks a call, and deducts its cost. A check in memory is complete when this function returns.
    /// `are_expected` returns whether the endpoint's catalogue has a quota.
    pub(crate) fn check(
        &self,
        request: &QuotaRequest<'_>,
        are_expected: impl Fn() -> bool,
    ) -> QuotaCheck {
        let endpoint = request.subject.endpoint;
        let plan = &self.shared.plan;
        if !plan.has_quota() && are_expected() {
            return QuotaCheck::Done(of_another_catalogue(endpoint));
        }
        let special;
        let bill = match plan.bill(endpoint, request.rank, request.special) {
            Found::Bill(bill) => bill,
            Found::Special(bill) => {
                special = bill;
                &special
            }
            Found::NotInCatalogue if endpoint.limits().is_some() || are_expected() => {
                return QuotaCheck::Done(of_another_catalogue(endpoint));
            }
            Found::Nothing | Found::NotInCatalogue => {
                return QuotaCheck::Done(QuotaOutcome::unlimited());
            }
        };
        let Some(identity) = request.identity else {
            return QuotaCheck::Done(without_identity(endpoint, bill));
        };
        let hash = self.shared.hasher.hash(identity);
        #[cfg(feature = "redis")]
        if let Some(redis) = &self.shared.redis {
            if !redis.outage.should_try(self.shared.clock.now()) {
                return QuotaCheck::Done(self.fall_back(&request.subject, hash, bill));
            }
            let (quotas, redis, bill) = (self.clone(), redis.clone(), bill.clone());
            let subject = request.subject.clone();
            let shared_hash = identity.shared_hash();
            let attempt = Attempt::new(&redis.outage);
            return QuotaCheck::Waiting(Box::pin(async move {
                let hashes = (hash, shared_hash.as_str());
                let taking = quotas.take_shared(&redis, attempt, &subject, hashes, &bill);
                taking.await
            }));
        }
        QuotaCheck::Done(self.take_locally(&request.subject, hash, bill, &bill.takes))
    }

    /// Deducts the cost of a call from the counters in memory. `takes` comes from the bill, perhaps with
    /// lower limits.
    fn take_locally(
        &self,
        subject: &Subject,
        hash: u64,
        bill: &Arc<Bill>,
        takes: &[Take],
    ) -> QuotaOutcome {
        let mut outcome = QuotaOutcome::of_bill(bill.clone(), self.settings.has_legacy_headers);
        let mut rest = takes.iter();
        let now = self.shared.clock.now();
        self.shared
            .local
            .take(hash, takes, now, |state, is_allowed| {
                if let Some(take) = rest.next() {
                    telemetry::report(subject, take, &state, is_allowed);
                    outcome.add(subject.endpoint, take, &state);
                }
            });
        outcome
    }
}

/// Decides about a call without an identity.
fn without_identity(endpoint: Endpoint, bill: &Bill) -> QuotaOutcome {
    if bill.takes.iter().all(|take| take.limit.is_none()) {
        return QuotaOutcome::unlimited();
    }
    log_missing_identity(endpoint);
    QuotaOutcome::refused(Refusal::MissingQuotaLayer(endpoint))
}

#[cfg(feature = "redis")]
impl Quotas {
    /// Deducts the cost of a call from the shared counters. `hashes` contains the caller's local hash and
    /// shared hash.
    async fn take_shared(
        &self,
        redis: &RedisStore,
        attempt: Attempt,
        subject: &Subject,
        hashes: (u64, &str),
        bill: &Arc<Bill>,
    ) -> QuotaOutcome {
        let (settings, takes) = (&self.settings.redis, &bill.takes);
        let result = redis.take(settings, hashes.1, takes).await;
        attempt.finish();
        let now = self.shared.clock.now();
        let states = match result {
            Ok(states) => states,
            Err(error) => {
                redis.failed(&error, now, self.settings.on_outage);
                return self.fall_back(subject, hashes.0, bill);
            }
        };
        redis.succeeded(now);
        let is_allowed = states.iter().all(|state| state.violation.is_none());
        let has_legacy_headers = self.settings.has_legacy_headers;
        let mut outcome = QuotaOutcome::of_bill(bill.clone(), has_legacy_headers);
        for (take, state) in bill.takes.iter().zip(&states) {
            telemetry::report(subject, take, state, is_allowed);
            outcome.add(subject.endpoint, take, state);
        }
        outcome
    }

    /// Decides without the shared store.
    #[cold]
    fn fall_back(&self, subject: &Subject, hash: u64, bill: &Arc<Bill>) -> QuotaOutcome {
        match self.settings.on_outage {
            OnOutage::LocalShare(machines) => {
                telemetry::report_fallback("local");
                let takes = bill.divided(machines);
                self.take_locally(subject, hash, bill, &takes)
            }
            OnOutage::Deny if bill.takes.iter().any(|take| take.limit.is_some()) => {
                telemetry::report_fallback("denied");
                QuotaOutcome::refused(Refusal::QuotaStoreUnavailable {
                    endpoint: subject.endpoint,
                    retry_after: Duration::from_nanos(RETRY_INTERVAL),
                })
            }
            OnOutage::Deny | OnOutage::Allow => {
                telemetry::report_fallback("allowed");
                QuotaOutcome::unlimited()
            }
        }
    }
}

/// Refuses a call whose limits or quota belong to another catalogue, which is a bug in the application.
#[cold]
fn of_another_catalogue(endpoint: Endpoint) -> QuotaOutcome {
    tracing::error!(
        endpoint = endpoint.name(),
        file = endpoint.file(),
        line = endpoint.line(),
        "refused a call to {endpoint} because its limits or its quota belong to a different catalogue than the `Quotas`; create the `Quotas` for the catalogue that contains this endpoint"
    );
    QuotaOutcome::refused(Refusal::MissingQuotaLayer(endpoint))
}

/// Logs that nothing identifies a caller, which is a bug in the application.
#[cold]
fn log_missing_identity(endpoint: Endpoint) {
    tracing::error!(
        endpoint = endpoint.name(),
        file = endpoint.file(),
        line = endpoint.line(),
        "refused a call to {endpoint} because it is limited and nothing identifies the caller; set an id with `Caller::with_id`, use a `TierLayer`, or let the server pass on the address of the peer"
    );
}
