//! Forwards decisions to a durable audit trail.

use crate::access::decision::Decision;
use std::error::Error;
use std::fmt;
use std::sync::OnceLock;

/// Which decisions [`set_decision_sink`] forwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecisionFilter {
    /// Only decisions that refuse a call.
    Refused,
    /// All decisions.
    All,
}

struct Sink {
    filter: DecisionFilter,
    record: Box<dyn Fn(&Decision) + Send + Sync>,
}

static SINK: OnceLock<Sink> = OnceLock::new();

/// Sets the function that receives the decisions about requests and events, for example to write an audit
/// trail. The function runs after each decision, on the thread that handles the request or sends the event, so
/// it must not block. For example, it can send the decision to a queue.
///
/// The function also receives the decisions of [`Guard::check_with`](crate::Guard::check_with), but not those of
/// [`Guard::check`](crate::Guard::check), which must stay as cheap as a comparison.
///
/// The explanation of a decision contains the caller's id, but never the API key.
///
/// # Errors
/// Returns an error if the program has already set a function.
///
/// ```
/// use tiergate::{DecisionFilter, set_decision_sink};
///
/// set_decision_sink(DecisionFilter::Refused, |decision| eprintln!("{decision}"))?;
/// # Ok::<(), tiergate::DecisionSinkAlreadySet>(())
/// ```
pub fn set_decision_sink(
    filter: DecisionFilter,
    record: impl Fn(&Decision) + Send + Sync + 'static,
) -> Result<(), DecisionSinkAlreadySet> {
    let record = Box::new(record);
    SINK.set(Sink { filter, record })
        .map_err(|_| DecisionSinkAlreadySet)
}

/// Returns whether the program's function receives this decision.
#[inline]
pub(crate) fn wants(is_refused: bool) -> bool {
    SINK.get()
        .is_some_and(|sink| is_refused || sink.filter == DecisionFilter::All)
}

#[cold]
pub(crate) fn record(decision: &Decision) {
    if let Some(sink) = SINK.get() {
        (sink.record)(decision);
    }
}

/// The error that a second call to [`set_decision_sink`] returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DecisionSinkAlreadySet;

impl fmt::Display for DecisionSinkAlreadySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the decision sink is already set; call `set_decision_sink` only once")
    }
}

impl Error for DecisionSinkAlreadySet {}
