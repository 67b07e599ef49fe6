//! Connections to a server whose tiers come from a store in memory.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};
use tiergate::source::{
    ApiKey, CachedBuilder, ChangeSignal, Registration, SourceError, TierSource, guard,
};
use tiergate::{Cached, Caller, Catalogue, Overrides, Refusal, TierLayer, Watch, requires_tier};
use tiergate_tests_sources::Tier;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};
use tower::{Layer, ServiceExt, service_fn};

pub(crate) const SECOND: Duration = Duration::from_secs(1);
pub(crate) const MINUTE: Duration = Duration::from_secs(60);
pub(crate) const HOUR: Duration = Duration::from_secs(3600);

/// Returns the watch of an open connection.
#[requires_tier(Plus, get = "/live", guard = pass)]
pub(crate) fn live() -> Watch<Tier> {
    pass.watch()
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(live))]
pub(crate) struct Api;

type Answer = Result<Caller<Tier>, SourceError>;
type Answers = dyn Fn(&str) -> Answer + Send;

/// A store in which every key belongs to a customer of the same name. It announces changes.
#[derive(Clone)]
pub(crate) struct Store(Arc<State>);

struct State {
    answer: Mutex<Box<Answers>>,
    /// How long a lookup takes.
    delay: Mutex<Duration>,
    lookups: AtomicUsize,
    running: AtomicUsize,
    most_running: AtomicUsize,
    connections: Mutex<Vec<ChangeSignal>>,
    /// Shared by all registrations.
    registered: Arc<()>,
}

impl Store {
    /// Creates a store in which every customer has Plus.
    pub(crate) fn new() -> Self {
        let store = Self(Arc::new(State {
            answer: Mutex::new(Box::new(|_| Err(SourceError::UnknownCaller))),
            delay: Mutex::default(),
            lookups: AtomicUsize::new(0),
            running: AtomicUsize::new(0),
            most_running: AtomicUsize::new(0),
            connections: Mutex::default(),
            registered: Arc::default(),
        }));
        store.set(|_| Ok(Tier::Plus));
        store
    }

    /// Sets the customers' tiers.
    pub(crate) fn set(&self, tier: impl Fn(&str) -> Result<Tier, SourceError> + Send + 'static) {
        self.set_callers(move |key| Ok(Caller::new(tier(key)?).with_id(key)));
    }

    /// Sets the callers of the keys.
    pub(crate) fn set_callers(&self, answer: impl Fn(&str) -> Answer + Send + 'static) {
        *self.0.answer.lock().unwrap() = Box::new(answer);
    }

    /// Makes lookups slow. They return what the store contains when they begin.
    pub(crate) fn delay(&self, delay: Duration) {
        *self.0.delay.lock().unwrap() = delay;
    }

    /// Counts a lookup that another source has performed.
    pub(crate) fn count_lookup(&self) {
        self.0.lookups.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn lookups(&self) -> usize {
        self.0.lookups.load(Ordering::Relaxed)
    }

    /// Returns how many lookups have run at the same time.
    pub(crate) fn most_running(&self) -> usize {
        self.0.most_running.load(Ordering::Relaxed)
    }

    pub(crate) fn registrations(&self) -> usize {
        Arc::strong_count(&self.0.registered) - 1
    }

    /// Announces a change to all connections.
    pub(crate) fn announce(&self) {
        for signal in &*self.0.connections.lock().unwrap() {
            signal.wake();
        }
    }

    pub(crate) fn cached(&self) -> CachedBuilder<impl TierSource<Tier = Tier> + use<>> {
        Cached::builder(self.clone())
    }
}

impl TierSource for Store {
    type Tier = Tier;

    async fn find(&self, key: &ApiKey) -> Answer {
        let state = &*self.0;
        state.lookups.fetch_add(1, Ordering::Relaxed);
        let running = state.running.fetch_add(1, Ordering::Relaxed) + 1;
        state.most_running.fetch_max(running, Ordering::Relaxed);
        let _running = Running(state);
        let answer = (*state.answer.lock().unwrap())(key.expose());
        let delay = *state.delay.lock().unwrap();
        if delay > Duration::ZERO {
            sleep(delay).await;
        }
        answer
    }

    fn register(&self, _: &ApiKey, _: Option<&str>, signal: &ChangeSignal) -> Option<Registration> {
        self.0.connections.lock().unwrap().push(signal.clone());
        Some(Registration::new(self.0.registered.clone()))
    }
}

/// A lookup that is running, until it is dropped.
struct Running<'a>(&'a State);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Returns overrides whose clock advances with that of tokio, and the time now.
pub(crate) fn on_paused_clock() -> (Overrides<Tier>, SystemTime) {
    let (start, now) = (Instant::now(), SystemTime::now());
    let overrides = Overrides::of::<Api>().with_clock(move || now + start.elapsed());
    (overrides, now)
}

/// Opens a connection with this key.
pub(crate) async fn connect(layer: &TierLayer<Tier>, key: &str) -> Watch<Tier> {
    let answer = try_connect(layer, key).await;
    answer.expect("the caller may connect")
}

/// Opens a connection, if the caller may.
pub(crate) async fn try_connect(
    layer: &TierLayer<Tier>,
    key: &str,
) -> Result<Watch<Tier>, Refusal> {
    let service = layer.layer(service_fn(async |request: http::Request<()>| {
        let (mut parts, ()) = request.into_parts();
        guard(&mut parts).await.map(live)
    }));
    let request = http::Request::get("/live").header("authorization", format!("Bearer {key}"));
    service.oneshot(request.body(()).unwrap()).await
}

/// Waits in a task of its own, like the task of a real connection.
pub(crate) fn wait(mut watch: Watch<Tier>) -> JoinHandle<Refusal> {
    tokio::spawn(async move { watch.revoked().await })
}

/// Returns the code of the refusal if the connection ends within a second.
pub(crate) async fn ended(connection: &mut JoinHandle<Refusal>) -> Option<&'static str> {
    ended_within(SECOND, connection).await
}

/// Returns the code of the refusal if the connection ends within this time.
pub(crate) async fn ended_within(
    limit: Duration,
    connection: &mut JoinHandle<Refusal>,
) -> Option<&'static str> {
    let refusal = timeout(limit, connection).await.ok()?;
    Some(refusal.expect("the task ends normally").code())
}
