//! Ends long-lived connections when the caller's subscription no longer allows them.

pub(crate) mod connection;
mod lookups;
pub(crate) mod signal;
pub(crate) mod socket;
pub(crate) mod while_allowed;

use self::connection::Connection;
use self::lookups::{Lookups, PATIENCE};
use self::signal::{ChangeSignal, Registration};
use self::socket::{CloseMessage, WatchedSocket};
use self::while_allowed::WhileAllowed;
use crate::access::caller::{Caller, Standing};
use crate::access::check::Resolution;
use crate::access::decision::permit::{permit_with_overrides, permit_without_overrides};
use crate::access::overrides::Overrides;
use crate::access::refusal::Refusal;
use crate::access::telemetry;
use crate::endpoint::Endpoint;
use crate::tier::Tier;
use futures_util::{Sink, Stream};
use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::{Duration, SystemTime};
use tokio::time::{Instant, timeout_at};

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
/// An idle connection does nothing until a change affects it. While the tier source is unavailable, the
/// connection stays open for the layer's [`outage_grace`](crate::TierLayer::outage_grace).
///
/// Only a [`TierLayer`](crate::TierLayer) can look up the caller again. If your own authentication layer inserts
/// the [`Caller`], or another layer changes the caller's tier or id, then only overrides and the end of the
/// subscription close the connection. The first such connection is logged as a `WARN`.
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
    /// The other endpoints that the caller must be allowed to call. A guard has none. A layer may not know
    /// which of several endpoints handles a request.
    others: Vec<Endpoint>,
    /// The caller, as last looked up.
    caller: Caller<T>,
    /// The id of the caller who opened the connection.
    opened_by: Option<Box<str>>,
    /// Whether the last lookup returned a different caller from the one who opened the connection.
    is_other_caller: bool,
    /// When the caller was first refused, if no decision has allowed the caller since then.
    refused_since: Option<Instant>,
    /// The reason for closing the connection if the last lookup returned no caller.
    failure: Option<Refusal>,
    overrides: Option<Overrides<T>>,
    lookups: Option<Lookups<T>>,
    signal: ChangeSignal,
    registrations: Vec<Registration>,
    revoked: Option<Refusal>,
}

/// The longest sleep until a point in time. The system's clock may be corrected in the meantime.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

impl<T: Tier> Watch<T> {
    pub(crate) fn new(endpoint: Endpoint, others: Vec<Endpoint>, of: &Connection<T>) -> Self {
        let signal = ChangeSignal::default();
        let (caller, mut registrations) = (of.caller.clone(), Vec::new());
        let mut lookups = None;
        if let Some(lookup) = &of.lookup {
            let of_source = lookup.register(&caller, &signal);
            lookups = Some(Lookups::new(lookup.clone(), of_source.is_some()));
            registrations.extend(of_source);
        } else if of.is_of_request && caller.standing() == Standing::Known {
            warn_about_missing_lookup(endpoint);
        }
        if let Some(overrides) = &of.overrides {
            let endpoints = std::iter::once(&endpoint).chain(&others);
            registrations.extend(
                endpoints.map(|endpoint| overrides.register(*endpoint, caller.id(), &signal)),
            );
        }
        Self {
            endpoint,
            others,
            opened_by: caller.id().map(Box::from),
            caller,
            is_other_caller: false,
            refused_since: None,
            failure: None,
            overrides: of.overrides.clone(),
            lookups,
            signal,
            registrations,
            revoked: None,
        }
    }

    /// Waits until the caller may no longer use the connection, and returns the reason. Then close the
    /// connection. [`Refusal::close_code`] returns the code for a `WebSocket`.
    ///
    /// The future can be dropped and created again, for example in a `select!` in a loop. A running lookup
    /// then continues.
    pub async fn revoked(&mut self) -> Refusal {
        loop {
            if let Some(refusal) = self.revoked {
                return refusal;
            }
            self.start_lookup();
            if let Some(refusal) = self.decide() {
                telemetry::report_revocation(self.endpoint, &refusal, self.caller.id_in_logs());
                self.revoked = Some(refusal);
                // This connection no longer needs to be woken.
                self.registrations.clear();
                self.lookups = None;
                return refusal;
            }
            self.wait().await;
        }
    }

    /// Ends a stream as soon as the caller may no longer use the connection. Nothing is sent after that.
    pub fn while_allowed<S: Stream>(self, stream: S) -> WhileAllowed<S> {
        WhileAllowed::new(stream, self, None)
    }

    /// Ends a stream like [`while_allowed`](Self::while_allowed), and adds a last item with the reason for
    /// the receiver.
    ///
    /// ```
    /// use futures_util::stream::{self, StreamExt};
    /// use std::time::{Duration, SystemTime};
    /// use tiergate::{Caller, Denied, Guard, Watch, requires_tier};
    ///
    /// # #[derive(Clone, Copy, tiergate::Tier)]
    /// # enum Tier { Free, Plus }
    /// #[requires_tier(Plus, guard = pass)]
    /// fn open() -> Watch<Tier> {
    ///     pass.watch()
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
    /// let end = SystemTime::now() + Duration::from_millis(100);
    /// let watch = open(Guard::check(Caller::new(Tier::Plus).until(end))?);
    /// let mut updates = watch.while_allowed_then(stream::pending(), |refusal| refusal.to_string());
    /// assert_eq!(
    ///     updates.next().await.unwrap(),
    ///     "`open` requires a subscription; the caller's has ended",
    /// );
    /// assert_eq!(updates.next().await, None);
    /// assert_eq!(updates.reason().unwrap().close_code(), 4403);
    /// # Ok::<(), Denied>(()) })?;
    /// # Ok::<(), Denied>(())
    /// ```
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
    /// This needs the feature `axum-ws` or `actix-ws`. For another library, use
    /// [`socket_with`](Self::socket_with).
    pub fn socket<S, M>(self, socket: S) -> WatchedSocket<S, M>
    where
        S: Stream + Sink<M>,
        M: CloseMessage + 'static,
    {
        WatchedSocket::new(socket, self, M::close)
    }

    /// Closes a `WebSocket` of any library as soon as the caller may no longer use it. `close` creates the close
    /// frame, with [`Refusal::close_code`] as the code.
    ///
    /// ```
    /// use futures_util::{Sink, SinkExt, Stream, StreamExt};
    /// use std::io;
    /// use tiergate::Watch;
    ///
    /// # #[derive(Clone, Copy, tiergate::Tier)]
    /// # enum Tier { Free, Plus }
    /// # mod library {
    /// #     pub enum Message { Text(String), Close(u16, String) }
    /// # }
    /// use library::Message;
    ///
    /// /// Sends every message back.
    /// async fn echo<S>(watch: Watch<Tier>, socket: S) -> io::Result<()>
    /// where
    ///     S: Stream<Item = io::Result<Message>> + Sink<Message, Error = io::Error> + Unpin,
    /// {
    ///     let mut socket = watch.socket_with(socket, |refusal| {
    ///         Message::Close(refusal.close_code(), refusal.code().to_owned())
    ///     });
    ///     while let Some(message) = socket.next().await {
    ///         if socket.send(message?).await.is_err() {
    ///             break;
    ///         }
    ///     }
    ///     Ok(())
    /// }
    /// ```
    pub fn socket_with<S, M>(
        self,
        socket: S,
        close: impl FnOnce(&Refusal) -> M + Send + 'static,
    ) -> WatchedSocket<S, M>
    where
        S: Stream + Sink<M>,
    {
        WatchedSocket::new(socket, self, close)
    }

    /// Returns the endpoint to which the connection belongs.
    pub fn endpoint(&self) -> Endpoint {
        self.endpoint
    }

    /// Starts a lookup if the source may know more about the caller than this connection.
    fn start_lookup(&mut self) {
        let now = self.now();
        let Some(lookups) = self
            .lookups
            .as_mut()
            .filter(|lookups| !lookups.is_running())
        else {
            return;
        };
        // A signal that arrives during a lookup causes another one, which begins after the change.
        let is_signalled = self.signal.take_lookup();
        let end = self.caller.ends_at().filter(|end| *end <= now);
        if is_signalled || lookups.is_due() || end.is_some_and(|end| lookups.may_know_renewal(end))
        {
            lookups.start(now);
        }
    }

    /// Returns the reason for closing the connection, or `None` if the connection stays open.
    fn decide(&mut self) -> Option<Refusal> {
        let Some(refusal) = self.refusal() else {
            self.refused_since = None;
            return None;
        };
        // Constant changes start one lookup after another. They must not keep the connection open.
        let refused_since = *self.refused_since.get_or_insert_with(Instant::now);
        let is_closed = matches!(refusal, Refusal::EndpointClosed { .. });
        let lookups = self.lookups.as_ref().filter(|_| !is_closed);
        let may_change = lookups.is_some_and(Lookups::may_answer_soon);
        let is_patient = refused_since.elapsed() < PATIENCE;
        (!may_change || !is_patient).then_some(refusal)
    }

    /// Returns why the caller would be refused now.
    fn refusal(&self) -> Option<Refusal> {
        let mut endpoints = self.endpoints();
        let of_endpoint = endpoints.find_map(|endpoint| self.refusal_of(endpoint));
        if let Some(refusal) = of_endpoint.or(self.failure) {
            return Some(refusal);
        }
        if self.is_other_caller {
            return Some(Refusal::UnknownCaller(self.endpoint));
        }
        let retry_after = self.lookups.as_ref()?.exhausted_grace()?;
        Some(Refusal::SourceUnavailable {
            endpoint: self.endpoint,
            retry_after,
        })
    }

    /// Returns the endpoints that the caller must still be able to call.
    fn endpoints(&self) -> impl Iterator<Item = Endpoint> {
        std::iter::once(self.endpoint).chain(self.others.iter().copied())
    }

    fn refusal_of(&self, endpoint: Endpoint) -> Option<Refusal> {
        match &self.overrides {
            Some(overrides) => permit_with_overrides(endpoint, &self.caller, overrides).err(),
            None => {
                let need = endpoint.expect_need();
                let permit = permit_without_overrides(endpoint, &need, &self.caller);
                permit.err().map(Refusal::from)
            }
        }
    }

    /// Waits for a signal, for the result of a lookup, or for the next time at which the decision may change.
    async fn wait(&mut self) {
        let next_change = self.next_change();
        let (signal, lookups) = (&self.signal, &mut self.lookups);
        let change = async {
            let mut woken = pin!(signal.woken());
            poll_fn(|context| {
                if let Some(lookups) = lookups
                    && let Poll::Ready(resolution) = lookups.poll(context)
                {
                    return Poll::Ready(Some(resolution));
                }
                woken.as_mut().poll(context).map(|()| None)
            })
            .await
        };
        let resolution = match next_change {
            Some(time) => timeout_at(time, change).await.ok().flatten(),
            None => change.await,
        };
        if let Some(resolution) = resolution {
            self.apply(resolution);
        }
    }

    /// Applies the result of a lookup.
    fn apply(&mut self, resolution: Resolution<Caller<T>>) {
        self.failure = match resolution {
            Resolution::Caller(caller) => {
                // Data on the connection is meant for the caller who opened it.
                self.is_other_caller = caller.id() != self.opened_by.as_deref();
                self.caller = caller;
                None
            }
            // The last known caller may use the connection during the grace period.
            Resolution::SourceUnavailable { .. } => self.failure,
            Resolution::UnreadableTier => Some(Refusal::UnreadableTier(self.endpoint)),
            Resolution::MissingLayer => Some(Refusal::MissingLayer(self.endpoint)),
        };
    }

    fn now(&self) -> SystemTime {
        let overrides = self.overrides.as_ref();
        overrides.map_or_else(SystemTime::now, Overrides::now)
    }

    /// Returns the next time at which the decision may change without a signal. `None` if only a signal can
    /// change the decision.
    fn next_change(&self) -> Option<Instant> {
        let now = self.now();
        let of_overrides = self.endpoints().filter_map(|endpoint| {
            let overrides = self.overrides.as_ref()?;
            overrides.next_end(endpoint, self.caller.id())
        });
        let ends = self.caller.ends_at().into_iter().chain(of_overrides);
        let next_end = ends.filter(|end| *end > now).min();
        let wait = next_end.and_then(|end| end.duration_since(now).ok());
        let next_end = wait.map(|wait| Instant::now() + wait.min(LONGEST_SLEEP));
        let of_lookups = self.lookups.as_ref().and_then(Lookups::next_change);
        next_end.into_iter().chain(of_lookups).min()
    }
}

/// Logs once that the plan of a connection's caller can't be looked up again.
#[cold]
fn warn_about_missing_lookup(endpoint: Endpoint) {
    static IS_LOGGED: AtomicBool = AtomicBool::new(false);
    if !IS_LOGGED.swap(true, Ordering::Relaxed) {
        tracing::warn!(
            endpoint = endpoint.name(),
            "a connection stays open when its caller's plan changes, because your own layer inserted or replaced \
             the `tiergate::Caller`; identify callers with a `TierLayer`",
        );
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
