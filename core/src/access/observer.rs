//! Lets a test harness see what guards decide.

use crate::access::refusal::Refusal;
use crate::endpoint::Endpoint;
use std::sync::{Arc, Mutex, PoisonError};

/// What a guard decided.
#[derive(Clone, Copy)]
pub(crate) enum Decision {
    Passed(Endpoint),
    Refused(Refusal),
}

/// Collects the decisions of the guards that see it in a request's extensions.
#[derive(Clone, Default)]
pub(crate) struct Observer(Arc<Mutex<Vec<Decision>>>);

impl Observer {
    pub(crate) fn observe<T>(&self, endpoint: Endpoint, checked: &Result<T, Refusal>) {
        let decision = match checked {
            Ok(_) => Decision::Passed(endpoint),
            Err(refusal) => Decision::Refused(*refusal),
        };
        let mut decisions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        decisions.push(decision);
    }

    pub(crate) fn decisions(&self) -> Vec<Decision> {
        let decisions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        decisions.clone()
    }
}
