//! Lets a test harness observe the guards' decisions.

use crate::access::refusal::Refusal;
use crate::endpoint::Endpoint;
use std::sync::{Arc, Mutex, PoisonError};

/// A guard's decision.
#[derive(Clone, Copy)]
pub(crate) enum GuardDecision {
    Passed(Endpoint),
    Refused(Refusal),
}

/// Collects the guards' decisions. A test harness puts the observer into a request's extensions, where
/// the guards look for it.
#[derive(Clone, Default)]
pub(crate) struct Observer(Arc<Mutex<Vec<GuardDecision>>>);

impl Observer {
    pub(crate) fn observe<T>(&self, endpoint: Endpoint, checked: &Result<T, Refusal>) {
        let guard_decision = match checked {
            Ok(_) => GuardDecision::Passed(endpoint),
            Err(refusal) => GuardDecision::Refused(*refusal),
        };
        let mut decisions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        decisions.push(guard_decision);
    }

    pub(crate) fn decisions(&self) -> Vec<GuardDecision> {
        let decisions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        decisions.clone()
    }
}
