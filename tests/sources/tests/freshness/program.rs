//! A real `Cached` in the simulated world, and the check of each answer.

use super::world::{KEYS, Moment, Row, Transition, Version, World};
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tiergate::Cached;
use tiergate::Caller;
use tiergate::source::{ApiKey, InvalidationChannel, SourceError, TierSource};
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::task::JoinHandle;

const TTL: u64 = 100;
const TTL_WHILE_LISTENING: u64 = 1000;
const NEGATIVE_TTL: u64 = 50;
const GRACE: u64 = 300;
const RETRY: u64 = 20;
/// Timers may fire one millisecond late.
const TIMEOUT: u64 = 60;
const TIMEOUT_FIRED: u64 = TIMEOUT + 1;

/// The number of each tier is that of a row's version.
macro_rules! tiers {
    ($($name:ident)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, tiergate::Tier)]
        pub(crate) enum Number { $($name),* }
    };
}

tiers! {
    V0 V1 V2 V3 V4 V5 V6 V7 V8 V9 V10 V11 V12 V13 V14 V15 V16 V17 V18 V19 V20 V21 V22 V23 V24 V25
    V26 V27 V28 V29 V30 V31 V32 V33 V34 V35 V36 V37 V38 V39 V40 V41 V42 V43 V44 V45 V46 V47 V48 V49
    V50 V51 V52 V53 V54 V55 V56 V57 V58 V59 V60 V61 V62 V63
}

/// Kinds of answers, counted to verify that the histories reach all of them.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Seen {
    AtOnce,
    AfterWaiting,
    PastTtl,
    DuringOutage,
    Refused,
    Unavailable,
}

impl Seen {
    pub(crate) const ALL: [Self; 6] = [
        Self::AtOnce,
        Self::AfterWaiting,
        Self::PastTtl,
        Self::DuringOutage,
        Self::Refused,
        Self::Unavailable,
    ];
}

pub(crate) static SEEN: [AtomicU64; 6] = [const { AtomicU64::new(0) }; 6];

fn see(seen: Seen) {
    SEEN[seen as usize].fetch_add(1, Ordering::Relaxed);
}

type Answer = Result<Caller<Number>, SourceError>;

/// The store as the cache's source sees it.
#[derive(Clone)]
struct Store(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    is_held: watch::Sender<bool>,
}

struct State {
    now: Moment,
    rows: [(Row, usize); 2],
    is_down: bool,
    failures: Vec<Failure>,
}

/// A lookup that failed or was abandoned.
#[derive(Clone, Copy, Debug)]
struct Failure {
    key: usize,
    begun: u64,
    ended_ms: u64,
}

impl Store {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().expect("not poisoned")
    }
}

/// Records the failure of a lookup, even if no request waits for it.
struct Lookup<'a> {
    store: &'a Store,
    key: usize,
    begun: u64,
    has_succeeded: bool,
}

impl Drop for Lookup<'_> {
    fn drop(&mut self) {
        if !self.has_succeeded {
            let mut state = self.store.state();
            let failure = Failure {
                key: self.key,
                begun: self.begun,
                ended_ms: state.now.ms,
            };
            state.failures.push(failure);
        }
    }
}

impl TierSource for Store {
    type Tier = Number;

    async fn find(&self, key: &ApiKey) -> Answer {
        let key = (0..KEYS.len()).find(|number| {
            let own = api_key(*number);
            own.expose() == key.expose() && own.claimed_id() == key.claimed_id()
        });
        let key = key.expect("one of the keys");
        let (mut lookup, (row, version), is_down) = {
            let state = self.state();
            let lookup = Lookup {
                store: self,
                key,
                begun: state.now.number,
                has_succeeded: false,
            };
            (lookup, state.rows[KEYS[key].0], state.is_down)
        };
        let mut is_held = self.0.is_held.subscribe();
        let _ = is_held.wait_for(|is_held| !is_held).await;
        if is_down {
            return Err(SourceError::unavailable("down"));
        }
        lookup.has_succeeded = true;
        let number = u32::try_from(version).expect("few versions");
        match row {
            Row::Plan { customer } => {
                let tier = tiergate::Tier::from_rank(number)?;
                Ok(Caller::new(tier).with_id(name(customer)))
            }
            Row::Revoked => Err(SourceError::UnknownCaller),
            Row::InvalidTier => Err(SourceError::invalid_tier("no tier")),
        }
    }
}

fn name(customer: usize) -> String {
    format!("customer-{customer}")
}

fn api_key(number: usize) -> ApiKey {
    let (stored, claimed) = KEYS[number];
    let key = ApiKey::new(format!("key-{stored}"));
    match claimed {
        Some(customer) => key.with_claimed_id(name(customer)),
        None => key,
    }
}

/// A request, and the state of the world when it arrived.
struct Request {
    key: usize,
    world: World,
    /// The version that an earlier request with this key saw.
    seen: usize,
    /// Whether the cache was listening at any time since then.
    was_listening: bool,
    waiting: JoinHandle<Answer>,
}

pub(crate) struct Program {
    runtime: Runtime,
    store: Store,
    cached: Cached<Store>,
    channels: Vec<InvalidationChannel>,
    waiting: Vec<Request>,
    seen: [usize; 3],
}

impl StateMachineTest for Program {
    type SystemUnderTest = Self;
    type Reference = World;

    fn init_test(world: &World) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("a runtime");
        let store = Store(Arc::new(Shared {
            state: Mutex::new(State {
                now: world.now,
                rows: rows(world),
                is_down: false,
                failures: Vec::new(),
            }),
            is_held: watch::Sender::new(false),
        }));
        let ms = Duration::from_millis;
        let cached = Cached::builder(store.clone())
            .ttl(ms(TTL))
            .ttl_while_listening(ms(TTL_WHILE_LISTENING))
            .negative_ttl(ms(NEGATIVE_TTL))
            .stale_if_error(ms(GRACE))
            .retry(ms(RETRY))
            .timeout(ms(TIMEOUT))
            .jitter(0.0)
            .capacity(100)
            .build();
        let connected = |_: &bool| {
            let mut channel = cached.channel();
            channel.connected();
            channel
        };
        Self {
            runtime,
            store,
            channels: world.channels.iter().map(connected).collect(),
            cached,
            waiting: Vec::new(),
            seen: [0; 3],
        }
    }

    fn apply(mut program: Self, world: &World, transition: Transition) -> Self {
        {
            let mut state = program.store.state();
            state.now = world.now;
            state.rows = rows(world);
        }
        match transition {
            Transition::Advance(ms) => {
                let ms = Duration::from_millis(ms);
                program.runtime.block_on(tokio::time::advance(ms));
            }
            Transition::Change(..) => {}
            Transition::SetDown(is_down) => program.store.state().is_down = is_down,
            Transition::SetHeld(is_held) => {
                program.store.0.is_held.send_replace(is_held);
            }
            Transition::Invalidate(customer) => program.cached.invalidate(&name(customer)),
            Transition::InvalidateKey(key) => program.cached.invalidate_key(&api_key(key)),
            Transition::InvalidateAll => program.cached.invalidate_all(),
            Transition::Open => program.channels.push(program.cached.channel()),
            Transition::Connect(index) => program.channels[index].connected(),
            Transition::Lose(index) => program.channels[index].lost(),
            Transition::Drop(index) => drop(program.channels.remove(index)),
            Transition::Tell(index, customer) => program.channels[index].changed(&name(customer)),
            Transition::Request(key) => program.request(key, world),
            Transition::Cancel => {
                if !program.waiting.is_empty() {
                    program.waiting.remove(0).waiting.abort();
                }
            }
        }
        program.settle(world);
        program
    }

    fn check_invariants(program: &Self, world: &<Self::Reference as ReferenceStateMachine>::State) {
        assert_eq!(program.cached.is_listening(), world.is_listening());
    }

    /// Every waiting request must get an answer.
    fn teardown(mut program: Self, mut world: World) {
        program.store.0.is_held.send_replace(false);
        program.settle(&world);
        for _ in 0..4 {
            let step = Transition::Advance(TIMEOUT_FIRED);
            world = World::apply(world, &step);
            program = Self::apply(program, &world, step);
        }
        assert!(program.waiting.is_empty(), "{} wait", program.waiting.len());
    }
}

fn rows(world: &World) -> [(Row, usize); 2] {
    let current = |versions: &Vec<Version>| {
        let last = versions.last().expect("a version");
        (last.row, versions.len() - 1)
    };
    [current(&world.stored[0]), current(&world.stored[1])]
}

impl Program {
    /// Makes the same calls as a `TierLayer`.
    fn request(&mut self, key: usize, world: &World) {
        let cached = self.cached.clone();
        let api_key = api_key(key);
        let known = self.runtime.block_on(async { cached.known(&api_key) });
        let waiting = self.runtime.spawn(async move {
            match known {
                Some(answer) => answer,
                None => cached.find(&api_key).await,
            }
        });
        self.waiting.push(Request {
            key,
            world: world.clone(),
            seen: self.seen[key],
            was_listening: world.is_listening(),
            waiting,
        });
    }

    /// Runs all tasks that can proceed without advancing the clock, and checks the answers.
    fn settle(&mut self, world: &World) {
        self.runtime.block_on(async {
            for _ in 0..40 {
                tokio::task::yield_now().await;
            }
        });
        for mut request in std::mem::take(&mut self.waiting) {
            request.was_listening |= world.is_listening();
            if request.waiting.is_finished() {
                let answer = self.runtime.block_on(&mut request.waiting);
                self.check(&request, &answer.expect("no panic"), world);
            } else {
                self.waiting.push(request);
            }
        }
    }

    fn check(&mut self, request: &Request, answer: &Answer, world: &World) {
        let key = request.key;
        if let Err(SourceError::Unavailable(_)) = answer {
            see(Seen::Unavailable);
            let last = request.world.all_invalidated;
            let last = last.max(request.world.keys_invalidated[key]);
            let failure = self.failure(request, last.max(request.world.resumed));
            assert!(failure, "{key}: unavailable, and no lookup failed");
            return;
        }
        let versions = &world.stored[KEYS[key].0];
        let is_answer = |number: usize, version: &Version| match (answer, version.row) {
            (Ok(caller), Row::Plan { customer }) => {
                caller.tier().is_some_and(|tier| tier as usize == number)
                    && caller.id() == Some(&name(customer))
            }
            (Err(SourceError::UnknownCaller), Row::Revoked)
            | (Err(SourceError::InvalidTier(_)), Row::InvalidTier) => true,
            _ => false,
        };
        let mut reasons = Vec::new();
        for (number, version) in versions.iter().enumerate() {
            if !is_answer(number, version) {
                continue;
            }
            match self.allows(request, number, version) {
                Ok(()) => {
                    self.count(request, version, world);
                    self.seen[key] = self.seen[key].max(number);
                    return;
                }
                Err(reason) => reasons.push((number, reason)),
            }
        }
        panic!("key {key}: {answer:?} is not allowed: {reasons:?}; {versions:#?}");
    }

    /// Whether the guarantee permits an answer with this version of the row.
    fn allows(
        &self,
        request: &Request,
        number: usize,
        version: &Version,
    ) -> Result<(), &'static str> {
        let (key, world) = (request.key, &request.world);
        if number < request.seen {
            return Err("an earlier request saw a later version");
        }
        let Some(ended) = version.ended else {
            return Ok(());
        };
        if ended.number <= world.invalidated(key, version.row) {
            return Err("invalidated before the request came");
        }
        let is_after_resumption = ended.number > world.resumed;
        let is_within = |limit: u64| ended.ms + limit.max(TIMEOUT_FIRED) > world.now.ms;
        let (ttl, listening) = match version.row {
            Row::Plan { .. } if request.was_listening && is_after_resumption => {
                (TTL_WHILE_LISTENING, true)
            }
            Row::Plan { .. } => (TTL, false),
            Row::Revoked | Row::InvalidTier => (NEGATIVE_TTL, false),
        };
        if is_after_resumption && is_within(ttl) {
            return Ok(());
        }
        let is_plan = matches!(version.row, Row::Plan { .. });
        let has_failed = self.failure(request, world.resumed);
        if is_plan && has_failed && is_within(ttl + GRACE) {
            return Ok(());
        }
        match (is_after_resumption, listening) {
            (false, _) => Err("from before a channel came back"),
            (true, false) => Err("past its time"),
            (true, true) => Err("past its time while listening"),
        }
    }

    /// Whether a lookup that started at or after `after` failed shortly before the request or later.
    fn failure(&self, request: &Request, after: u64) -> bool {
        let state = self.store.state();
        state.failures.iter().any(|failure| {
            failure.key == request.key
                && failure.begun >= after
                && failure.ended_ms + RETRY >= request.world.now.ms
        })
    }

    fn count(&self, request: &Request, version: &Version, world: &World) {
        see(if world.now.number == request.world.now.number {
            Seen::AtOnce
        } else {
            Seen::AfterWaiting
        });
        if let Some(ended) = version.ended {
            if self.failure(request, 0) {
                see(Seen::DuringOutage);
            } else if request.world.now.ms.saturating_sub(ended.ms) > TTL {
                see(Seen::PastTtl);
            }
        }
        if !matches!(version.row, Row::Plan { .. }) {
            see(Seen::Refused);
        }
    }
}
