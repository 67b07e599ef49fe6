//! Ends long-lived connections when the caller's subscription no longer allows them.

pub(crate) mod connection;
pub(crate) mod signal;
pub(crate) mod socket;
pub(crate) mod while_allowed;

use self::connection::Connection;
use self::signal::{ChangeSignal, Registration};
use self::socket::{CloseMessage, WatchedSocket};
use self::while_allowed::WhileAllowed;
use crate::access::caller::Caller;
use crate::access::check::Resolution;
use crate::access::decision::Decision;
use crate::access::decision::without_overrides::permit_without_overrides;
use crate::access::overrides::Overrides;
use crate::access::refusal::Refusal;
use crate::access::telemetry;
use crate::endpoint::Endpoint;
use crate::tier::Tier;
use futures_util::{Sink, Stream};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// Notices when the caller of a long-lived connection may no longer use it.
///
/// A guard checks the caller once, when the connection is opened. A `WebSocket`, a stream of server-sent
/// events or a gRPC stream may stay open for weeks. [`Guard::watch`](crate::Guard::watch) returns a `Watch`
/// that checks again when something changes:
///
/// - A [`Cached`](crate::Cached) source invalidates the caller, for example after a message from the database.
/// - The server's [`Overrides`] for the endpoint or the caller change, or one of them ends.
/// - The caller's subscription [ends](Caller::until), such as a trial.
/// - As a last resort, some time has passed: see
///   [`TierLayer::recheck_interval`](crate::TierLayer::recheck_interval).
///
/// An idle connection only waits: a change wakes the connections that it concerns. While the tier source is
/// unavailable, the connection stays open for the layer's
/// [`outage_grace`](crate::TierLayer::outage_grace).
///
/// A `Watch` needs the timer of a tokio runtime.
///
/// ```
/// use futures_util::stream::{self, StreamExt};
/// use std::time::{Duration, SystemTime};
/// use tiergate::{Caller, Denied, Guard, requires_tier};
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// /// Streams numbers until the caller's trial ends. In a web framework, the guard is an extractor.
/// #[requires_tier(Plus, get = "/numbers", guard = pass)]
/// async fn numbers() -> usize {
///     let numbers = stream::unfold(0, |number| async move {
///         tokio::time::sleep(Duration::from_millis(10)).await;
///         Some((number, number + 1))
///     });
///     pass.watch().while_allowed(Box::pin(numbers)).count().await
/// }
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// let end = SystemTime::now() + Duration::from_millis(200);
/// let trial = Caller::new(Tier::Plus).until(end);
/// assert!(numbers(Guard::check(&trial)?).await < 21);
/// # Ok::<(), Denied>(()) })?;
/// # Ok::<(), Denied>(())
/// ```
#[must_use = "a watch has no effect until it is polled"]
pub struct Watch<T: Tier> {
    endpoint: Endpoint,
    connection: Arc<Connection<T>>,
    /// The caller, as last looked up.
    caller: Caller<T>,
    signal: ChangeSignal,
    registrations: Vec<Registration>,
    looked_up_at: Option<Instant>,
    outage_since: Option<Instant>,
    revoked: Option<Refusal>,
}

/// The longest sleep until a point in time. The system's clock may be corrected in the meantime.
const LONGEST_SLEEP: Duration = Duration::from_secs(300);

/// The time between lookups during an outage.
const OUTAGE_RETRY: Duration = Duration::from_secs(1);

impl<T: Tier> Watch<T> {
    pub(crate) fn new(endpoint: Endpoint, connection: Arc<Connection<T>>) -> Self {
        let signal = ChangeSignal::default();
        let caller = connection.caller.clone();
        let mut registrations = Vec::new();
        if let Some(overrides) = &connection.overrides {
            registrations.push(overrides.register(endpoint, caller.id(), &signal));
        }
        if let Some(lookup) = &connection.lookup {
            registrations.extend(lookup.register(&caller, &signal));
        }
        Self {
            endpoint,
            caller,
            signal,
            registrations,
            looked_up_at: None,
            outage_since: None,
            revoked: None,
            connection,
        }
    }

    /// Waits until the caller may no longer use the connection, and returns the reason. Close the connection
    /// then. [`Refusal::close_code`] returns the code for a `WebSocket`.
    ///
    /// The future can be dropped and created again, for example in a `select!` in a loop.
    pub async fn revoked(&mut self) -> Refusal {
        loop {
            if let Some(refusal) = self.revoked {
                return refusal;
            }
            if let Some(refusal) = self.check().await {
                telemetry::report_revocation(self.endpoint, &refusal, self.caller.id_in_logs());
                self.revoked = Some(refusal);
                // Nothing needs to wake this connection any more.
                self.registrations.clear();
                return refusal;
            }
            match self.next_check() {
                Some(wait) => {
                    let _ = tokio::time::timeout(wait, self.signal.woken()).await;
                }
                None => self.signal.woken().await,
            }
        }
    }

    /// Ends a stream as soon as the caller may no longer use the connection. Nothing is sent after that.
    pub fn while_allowed<S: Stream>(self, stream: S) -> WhileAllowed<S> {
        WhileAllowed::new(stream, self, None)
    }

    /// Ends a stream like [`while_allowed`](Self::while_allowed), with a last item that tells the receiver why.
    pub fn while_allowed_then<S: Stream>(
        self,
        stream: S,
        last: impl FnOnce(Refusal) -> S::Item + Send + 'static,
    ) -> WhileAllowed<S> {
        WhileAllowed::new(stream, self, Some(Box::new(last)))
    }

    /// Closes a `WebSocket` as soon as the caller may no longer use it. The close frame has the code that
    /// [`Refusal::close_code`] returns.
    ///
    /// Messages of axum need the feature `axum-ws`. For another library, implement [`CloseMessage`].
    pub fn socket<S, M>(self, socket: S) -> WatchedSocket<S, M>
    where
        S: Sink<M>,
        M: CloseMessage,
    {
        WatchedSocket::new(socket, self)
    }

    /// Returns the endpoint to which the connection belongs.
    pub fn endpoint(&self) -> Endpoint {
        self.endpoint
    }

    /// Looks up the caller if necessary, and decides. Returns the reason if the caller is refused.
    async fn check(&mut self) -> Option<Refusal> {
        if self.must_look_up()
            && let Some(lookup) = self.connection.lookup.clone()
        {
            // If this future is dropped during the lookup, the next check looks up the caller again.
            self.looked_up_at = None;
            let resolution = lookup.look_up().await;
            self.looked_up_at = Some(Instant::now());
            match resolution {
                Resolution::Caller(caller) => {
                    self.outage_since = None;
                    self.caller = caller;
                }
                Resolution::SourceUnavailable { retry_after } => {
                    let since = *self.outage_since.get_or_insert_with(Instant::now);
                    if since.elapsed() >= lookup.outage_grace() {
                        let endpoint = self.endpoint;
                        return Some(Refusal::SourceUnavailable {
                            endpoint,
                            retry_after,
                        });
                    }
                }
                Resolution::UnreadableTier => return Some(Refusal::UnreadableTier(self.endpoint)),
                Resolution::MissingLayer => return Some(Refusal::MissingLayer(self.endpoint)),
            }
        }
        match &self.connection.overrides {
            Some(overrides) => {
                let now = overrides.now();
                Decision::of(self.endpoint, &self.caller, overrides, now).refusal()
            }
            None => {
                let need = self.endpoint.expect_need();
                let permit = permit_without_overrides(self.endpoint, &need, &self.caller);
                permit.err().map(Refusal::from)
            }
        }
    }

    /// Returns whether the source may know more about the caller than this connection.
    fn must_look_up(&self) -> bool {
        let is_signalled = self.signal.take_lookup();
        let is_due = match self.looked_up_at {
            // A change between the guard's lookup and the registration may have been missed.
            None => true,
            Some(at) => at.elapsed() >= self.interval(),
        };
        is_signalled || is_due || self.has_ended()
    }

    /// Returns whether the caller's subscription has ended. It may also have been renewed.
    fn has_ended(&self) -> bool {
        self.caller.ends_at().is_some_and(|end| end <= self.now())
    }

    fn interval(&self) -> Duration {
        match &self.connection.lookup {
            Some(_) if self.outage_since.is_some() => OUTAGE_RETRY,
            Some(lookup) => lookup.interval(),
            None => Duration::MAX,
        }
    }

    fn now(&self) -> SystemTime {
        let overrides = self.connection.overrides.as_ref();
        overrides.map_or_else(SystemTime::now, Overrides::now)
    }

    /// Returns how long to wait for a signal before the next check. `None` if only a signal can change the
    /// decision.
    fn next_check(&self) -> Option<Duration> {
        let now = self.now();
        let until = |time: SystemTime| time.duration_since(now).ok();
        let end = self.caller.ends_at().and_then(until);
        let overrides = self.connection.overrides.as_ref();
        let next_end =
            overrides.and_then(|overrides| overrides.next_end(self.endpoint, self.caller.id()));
        let ends = end.into_iter().chain(next_end.and_then(until));
        let ends = ends.map(|wait| wait.min(LONGEST_SLEEP));
        let interval = self.connection.lookup.as_ref().map(|_| {
            let since_lookup = self.looked_up_at.map_or(Duration::ZERO, |at| at.elapsed());
            self.interval().saturating_sub(since_lookup)
        });
        ends.chain(interval).min()
    }
}

impl<T: Tier> fmt::Debug for Watch<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch")
            .field("endpoint", &self.endpoint.name())
            .field("revoked", &self.revoked)
            .finish_non_exhaustive()
    }
}
