//! The guarantees of every web framework's integration: each case exists once, and each framework has a
//! program in `tests/`.
// Tests fail by panicking.
#![allow(clippy::missing_panics_doc)]

use std::collections::HashMap;
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};
use tiergate::Caller;

/// The add-ons of the tested programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Feature)]
pub enum Feature {
    /// An add-on that no endpoint requires.
    Maps,
    /// An add-on whose key differs from its name.
    #[add_on(name = "Body camera")]
    BodyCam,
}

/// The tiers of the tested programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
#[tier(features = Feature)]
pub enum Tier {
    /// The lowest.
    Free = 0,
    /// Ranks have gaps, as in real products.
    Plus = 3,
    /// The highest.
    Pro = 4,
}

/// The tiers of a second product in the same programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
pub enum Plan {
    /// The lowest.
    Basic,
    /// The highest.
    Gold,
}

/// The header that identifies the caller: the name of a tier, or a key that [`set_tier`] knows.
pub const TIER: &str = "x-tier";

/// The header that identifies the caller of the second product.
pub const PLAN: &str = "x-plan";

/// A program in one of its forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// With an authentication layer.
    Layered,
    /// Without an authentication layer.
    Bare,
    /// With an authentication layer, and with the response to refusals replaced by [`REPLACED`].
    Replaced,
    /// With an authentication layer, and with [`REPLACED`] set for the whole program.
    Program,
}

/// The status, and the name and value of a header, of the response that replaces the problem document.
/// Its body is the refusal's `code`.
pub const REPLACED: (u16, &str, &str) = (402, "x-plans", "https://example.com/plans");

/// Returns the caller for a value of the header [`TIER`]: `anonymous`, `ended`, a key, or the name of a
/// tier.
pub fn caller_with(value: Option<&str>) -> Caller<Tier> {
    match value {
        Some("anonymous") => return Caller::anonymous(Tier::Free),
        Some("ended") => return Caller::without_subscription().with_id("customer-7"),
        _ => {}
    }
    let tier = value.and_then(|value| {
        let known = tiers()
            .lock()
            .expect("no test panics with it")
            .get(value)
            .copied();
        known.or_else(|| value.parse().ok())
    });
    tier.map_or(Caller::unknown(), Caller::new)
}

/// Describes the caller that a handler has extracted.
pub fn describe(caller: &Caller<Tier>) -> String {
    let tier = caller.tier().map_or("none", tiergate::Tier::name);
    let id = caller.id().unwrap_or("none");
    let (anonymous, unknown) = (caller.is_anonymous(), caller.is_unknown());
    format!("tier {tier}, id {id}, anonymous {anonymous}, unknown {unknown}")
}

/// Returns the caller for a value of the header [`PLAN`].
pub fn plan_caller(value: Option<&str>) -> Caller<Plan> {
    let plan = value.and_then(|value| value.parse().ok());
    plan.map_or(Caller::unknown(), Caller::new)
}

fn tiers() -> &'static Mutex<HashMap<String, Tier>> {
    static TIERS: OnceLock<Mutex<HashMap<String, Tier>>> = OnceLock::new();
    TIERS.get_or_init(Mutex::default)
}

/// Gives a tier to a key.
pub fn set_tier(key: &str, tier: Tier) {
    let mut tiers = tiers().lock().expect("no test panics with it");
    tiers.insert(key.to_owned(), tier);
}

/// Counts the runs of a handler for a key. Each test uses its own keys.
pub fn runs_of(key: &str) -> &'static AtomicUsize {
    static RUNS: OnceLock<Mutex<HashMap<String, &'static AtomicUsize>>> = OnceLock::new();
    let mut runs = RUNS
        .get_or_init(Mutex::default)
        .lock()
        .expect("no test panics with it");
    runs.entry(key.to_owned())
        .or_insert_with(|| Box::leak(Box::default()))
}

/// The handler of `POST /calls`: counts its runs, and returns the length of the body.
pub fn new_call(key: Option<&str>, body: &[u8]) -> String {
    runs_of(key.unwrap_or_default()).fetch_add(1, Ordering::SeqCst);
    format!("{} bytes", body.len())
}

/// How a program gets its port.
#[derive(Clone, Copy, Debug)]
pub enum Serve {
    /// The program takes an existing listener.
    On(fn(TcpListener, Form)),
    /// The program binds the port itself.
    Bind(fn(u16, Form)),
}

/// A framework's program to test.
// Each of them is a property of a framework.
#[allow(clippy::struct_excessive_bools)]
pub struct Program {
    /// Serves one form forever.
    pub serve: Serve,
    /// Whether `GET` endpoints also answer `HEAD`.
    pub answers_head: bool,
    /// Whether the response set for the whole program also applies to refusals by handlers.
    pub answers_for_handlers: bool,
    /// Whether a failed extraction of the caller gets a problem document, and not a catcher's response.
    pub documents_extraction: bool,
    /// Whether calls to a catalogue with a quota are refused if no layer counts them. Otherwise, only the
    /// calls of endpoints that have a limit are refused.
    pub expects_quotas: bool,
    /// The addresses of the forms that have been started.
    pub addresses: [OnceLock<SocketAddr>; 4],
}

impl Program {
    /// Creates a program that isn't started yet.
    pub const fn new(serve: Serve, answers_head: bool) -> Self {
        Self {
            serve,
            answers_head,
            answers_for_handlers: true,
            documents_extraction: true,
            expects_quotas: false,
            addresses: [const { OnceLock::new() }; 4],
        }
    }

    /// Marks a framework that turns handlers' errors into responses without access to the request.
    #[must_use]
    pub const fn answering_for_guards_only(mut self) -> Self {
        self.answers_for_handlers = false;
        self
    }

    /// Marks a framework in which a catcher responds to a failed extraction of the caller.
    #[must_use]
    pub const fn catching_failed_extraction(mut self) -> Self {
        self.documents_extraction = false;
        self
    }

    /// Marks a framework in which the catalogue mounts its handlers, so that a missing layer is noticed.
    #[must_use]
    pub const fn expecting_quotas(mut self) -> Self {
        self.expects_quotas = true;
        self
    }

    /// Returns the address of a form, and starts the form on first use.
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
                    // Closed first, because the listener's queue could swallow a caller.
                    drop(listener);
                    std::thread::spawn(move || serve(address.port(), form));
                }
            }
            address
        })
    }
}

/// Runs a test again in a separate process, where it can change settings that can be set only once.
/// Returns true in that process.
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

/// Defines cases, and a macro that creates a test of each case for a `static PROGRAM: Program`, or for another
/// static: `cases! { tests for NAME: &Type; … }`.
macro_rules! cases {
    ($tests:ident: $($cases:tt)+) => {
        cases! { $tests for PROGRAM: &$crate::Program; $($cases)+ }
    };
    (
        $tests:ident for $of_cases:ident: $reference:ty;
        $(async fn $name:ident($parameter:ident) $body:block)+
    ) => {
        $(pub async fn $name($parameter: $reference) $body)+

        #[macro_export]
        macro_rules! $tests {
            ($of:path) => {$(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    use $of as case;
                    case::$name(&super::$of_cases).await;
                }
            )+};
        }
    };
}

#[cfg(feature = "source")]
pub mod callers;
pub mod cases;
pub mod client;
#[cfg(feature = "watch")]
pub mod connections;
#[cfg(feature = "source")]
pub mod decisions;
pub mod guarded;
#[cfg(all(feature = "quota", feature = "source"))]
pub mod quotas;
