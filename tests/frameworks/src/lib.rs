//! What every web framework's integration promises: the cases once, the program once for each
//! framework in `tests/`.
// A panic is how a test fails.
#![allow(clippy::missing_panics_doc)]

use std::collections::HashMap;
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};
use tiergate::Subscriber;

/// The tiers of the programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
pub enum Tier {
    /// The lowest.
    Free = 0,
    /// There are gaps, as real products have them.
    Plus = 3,
    /// The highest.
    Pro = 4,
}

/// A second product of the same programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
pub enum Plan {
    /// The lowest.
    Basic,
    /// The highest.
    Gold,
}

/// The header that says who is calling: the name of a tier, or a key that [`set_tier`] knows.
pub const TIER: &str = "x-tier";

/// The same for the second product.
pub const PLAN: &str = "x-plan";

/// A program in one of its forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// With an authentication layer.
    Layered,
    /// Without one.
    Bare,
    /// With one, and with the answer to refusals replaced by [`REPLACED`].
    Replaced,
    /// With one, and with [`REPLACED`] set for the whole program.
    Program,
}

/// The answer that replaces the problem document: this status, this header, the refusal's `code`.
pub const REPLACED: (u16, &str, &str) = (402, "x-plans", "https://example.com/plans");

/// Who is calling, by the value of the header [`TIER`].
pub fn subscriber(value: Option<&str>) -> Subscriber<Tier> {
    let tier = value.and_then(|value| {
        let known = tiers()
            .lock()
            .expect("no test panics with it")
            .get(value)
            .copied();
        known.or_else(|| value.parse().ok())
    });
    tier.map_or(Subscriber::unknown(), Subscriber::new)
}

/// Who is calling, by the value of the header [`PLAN`].
pub fn plan_subscriber(value: Option<&str>) -> Subscriber<Plan> {
    let plan = value.and_then(|value| value.parse().ok());
    plan.map_or(Subscriber::unknown(), Subscriber::new)
}

fn tiers() -> &'static Mutex<HashMap<String, Tier>> {
    static TIERS: OnceLock<Mutex<HashMap<String, Tier>>> = OnceLock::new();
    TIERS.get_or_init(Mutex::default)
}

/// From now on, whoever has this key has this tier.
pub fn set_tier(key: &str, tier: Tier) {
    let mut tiers = tiers().lock().expect("no test panics with it");
    tiers.insert(key.to_owned(), tier);
}

/// How often a handler has run for a key. Each test has its own.
pub fn runs_of(key: &str) -> &'static AtomicUsize {
    static RUNS: OnceLock<Mutex<HashMap<String, &'static AtomicUsize>>> = OnceLock::new();
    let mut runs = RUNS
        .get_or_init(Mutex::default)
        .lock()
        .expect("no test panics with it");
    runs.entry(key.to_owned())
        .or_insert_with(|| Box::leak(Box::default()))
}

/// What `POST /calls` does: counts itself, and tells how much it read.
pub fn new_call(key: Option<&str>, body: &[u8]) -> String {
    runs_of(key.unwrap_or_default()).fetch_add(1, Ordering::SeqCst);
    format!("{} bytes", body.len())
}

/// How a program comes to its port.
#[derive(Clone, Copy, Debug)]
pub enum Serve {
    /// It takes what listens already.
    On(fn(TcpListener, Form)),
    /// It binds its port itself.
    Bind(fn(u16, Form)),
}

/// A framework's program, to be tested.
pub struct Program {
    /// Serves a form of it, for ever.
    pub serve: Serve,
    /// Whether a `GET` endpoint answers `HEAD` too.
    pub answers_head: bool,
    /// Whether what is set for the whole program answers the refusals of handlers too.
    pub answers_for_handlers: bool,
    /// Where its forms are.
    pub addresses: [OnceLock<SocketAddr>; 4],
}

impl Program {
    /// A program that is not started yet.
    pub const fn new(serve: Serve, answers_head: bool) -> Self {
        Self {
            serve,
            answers_head,
            answers_for_handlers: true,
            addresses: [const { OnceLock::new() }; 4],
        }
    }

    /// The same, where a framework makes answers of handlers' errors without the request.
    #[must_use]
    pub const fn answering_for_guards_only(mut self) -> Self {
        self.answers_for_handlers = false;
        self
    }

    /// Where this form is served. It is started when it is first asked for.
    ///
    /// # Panics
    /// If there is no free port.
    pub fn at(&self, form: Form) -> SocketAddr {
        *self.addresses[form as usize].get_or_init(|| {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
            let address = listener.local_addr().expect("a bound port");
            match self.serve {
                Serve::On(serve) => drop(std::thread::spawn(move || serve(listener, form))),
                Serve::Bind(serve) => {
                    // Closed first, so that no caller is left in its queue.
                    drop(listener);
                    std::thread::spawn(move || serve(address.port(), form));
                }
            }
            address
        })
    }
}

/// Runs a test again in a process of its own, where it may set what can be set once. True if this is
/// that process.
pub fn is_in_own_process(test: &str) -> bool {
    const OWN: &str = "TIERGATE_TEST_IN_OWN_PROCESS";
    if std::env::var_os(OWN).is_some() {
        return true;
    }
    let own = std::env::current_exe().expect("a test is a program");
    let ran = std::process::Command::new(own)
        .args(["--exact", test])
        .env(OWN, "1")
        .output()
        .expect("a test can be run");
    let output = String::from_utf8_lossy(&ran.stdout);
    assert!(
        ran.status.success() && output.contains("1 passed"),
        "{output}"
    );
    false
}

/// Defines cases, and a macro that makes a test of each of them for a `static PROGRAM: Program`.
macro_rules! cases {
    ($tests:ident: $(async fn $name:ident($program:ident) $body:block)+) => {
        $(pub async fn $name($program: &$crate::Program) $body)+

        #[macro_export]
        macro_rules! $tests {
            ($of:path) => {$(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    use $of as case;
                    case::$name(&super::PROGRAM).await;
                }
            )+};
        }
    };
}

#[cfg(feature = "source")]
pub mod callers;
pub mod cases;
pub mod client;
pub mod guarded;
