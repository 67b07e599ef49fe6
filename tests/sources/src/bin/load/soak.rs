//! Mixed load on two servers that share a PostgreSQL database. Plans change all the time, and the
//! database is killed and restarted halfway. No answer may be wrong, and memory must not grow.

use serde_json::json;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tiergate_tests_sources::cad::Cad;
use tiergate_tests_sources::client::{Client, request};
use tiergate_tests_sources::servers::Postgres;
use tokio::time::sleep;

const COMMUNITIES: [&str; 6] = [
    "demo-free",
    "demo-starter",
    "demo-standard",
    "demo-plus",
    "demo-pro",
    "demo-one",
];
const TIERS: [&str; 6] = ["Free", "Starter", "Standard", "Plus", "Pro", "One"];

/// Paths, and the index in [`TIERS`] of the tier that each requires.
const CALLS: [(&str, usize); 4] = [
    ("/general/get_version", 0),
    ("/general/get_servers", 2),
    ("/emergency/close_call", 3),
    ("/emergency/get_blips", 4),
];

const CONNECTIONS: usize = 24;

/// The time after which every server must apply a change.
const TOLD: Duration = Duration::from_secs(1);

/// The plan of one community: the index of its tier, the previous index, and the time of the change.
struct Plan {
    tier: usize,
    former: usize,
    since: Instant,
}

#[derive(Default)]
struct Count {
    right: AtomicU64,
    in_trouble: AtomicU64,
    wrong: AtomicU64,
    changes: AtomicU64,
}

struct State {
    plans: [Mutex<Plan>; 6],
    is_over: AtomicBool,
    /// The database is down or was down until just now, so 500 and 503 are correct answers.
    is_trouble: AtomicBool,
    count: Count,
}

/// Builds the server with the same optimisations as this program.
fn start(settings: &[(&str, &str)]) -> Cad {
    Cad::start(cfg!(not(debug_assertions)), settings)
}

pub(crate) async fn run(time: Duration) -> ExitCode {
    let Some(mut database) = Postgres::start() else {
        return ExitCode::FAILURE;
    };
    let url = database.database().await;
    let settings = [("CAD_DATABASE", url.as_str())];
    let servers = Arc::new([start(&settings), start(&settings)]);
    let bases = servers.each_ref().map(|server| server.base.clone());
    let processes = servers.each_ref().map(Cad::process);
    sleep(Duration::from_secs(1)).await;
    let state = Arc::new(State {
        plans: std::array::from_fn(|tier| {
            Mutex::new(Plan {
                tier,
                former: tier,
                since: Instant::now(),
            })
        }),
        is_over: AtomicBool::new(false),
        is_trouble: AtomicBool::new(false),
        count: Count::default(),
    });

    let mut tasks = Vec::new();
    for number in 0..CONNECTIONS {
        tasks.push(tokio::spawn(call(
            state.clone(),
            bases[number % 2].clone(),
            number,
        )));
    }
    tasks.push(tokio::task::spawn_blocking({
        let (state, servers) = (state.clone(), servers.clone());
        move || change(&state, &servers)
    }));

    let begun = Instant::now();
    let mut memory = Vec::new();
    let mut is_killed = false;
    while begun.elapsed() < time {
        sleep(Duration::from_secs(1)).await;
        memory.push(processes.map(resident_kib).iter().sum::<u64>());
        if !is_killed && begun.elapsed() > time / 2 {
            is_killed = true;
            state.is_trouble.store(true, Ordering::SeqCst);
            // Every server has applied the last change by then.
            sleep(TOLD * 2).await;
            database.kill();
            sleep(Duration::from_secs(3)).await;
            database.resume();
            sleep(Duration::from_secs(5)).await;
            state.is_trouble.store(false, Ordering::SeqCst);
        }
    }
    state.is_over.store(true, Ordering::SeqCst);
    for task in tasks {
        task.await.expect("no panic");
    }
    report(&state.count, &memory, begun.elapsed())
}

fn report(count: &Count, memory: &[u64], time: Duration) -> ExitCode {
    let read = |count: &AtomicU64| count.load(Ordering::SeqCst);
    let (right, wrong) = (read(&count.right), read(&count.wrong));
    println!(
        "{} s: {right} right answers, {} while the database was down, {wrong} wrong, {} plan changes",
        time.as_secs(),
        read(&count.in_trouble),
        read(&count.changes)
    );
    // After a fifth of the time, caches and pools have reached their usual size.
    let warm = memory.get(memory.len() / 5).copied().unwrap_or_default();
    let last = memory.last().copied().unwrap_or_default();
    let most = memory.iter().copied().max().unwrap_or_default();
    println!(
        "memory of both servers: {warm} KiB when warm, {last} KiB at the end, {most} KiB at most"
    );
    let grows = last > warm + warm / 4 + 8 * 1024;
    if grows {
        eprintln!("the memory grows");
    }
    if wrong == 0 && right > 0 && !grows {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Calls all endpoints for all communities in turn.
async fn call(state: Arc<State>, base: String, seed: usize) {
    let mut client = Client::connect(&base).await.expect("a connection");
    let mut number = seed;
    while !state.is_over.load(Ordering::SeqCst) {
        // The step shares no divisor with the counts, so every combination occurs.
        number += 7;
        let community = number % COMMUNITIES.len();
        let (path, required) = CALLS[number / COMMUNITIES.len() % CALLS.len()];
        let data = match path {
            "/emergency/close_call" => json!([{ "serverId": 1, "callId": 1 }]),
            _ => json!([]),
        };
        let before = may(&state, community, required);
        let was_trouble = state.is_trouble.load(Ordering::SeqCst);
        let request = request(path, COMMUNITIES[community], &data);
        let Ok(status) = client.call(&request).await else {
            panic!("{base} closed a connection");
        };
        let after = may(&state, community, required);
        let is_trouble = was_trouble || state.is_trouble.load(Ordering::SeqCst);
        let count = match status {
            200 | 404 if before.contains(&true) || after.contains(&true) => &state.count.right,
            400 if before.contains(&false) || after.contains(&false) => &state.count.right,
            500 | 503 if is_trouble => &state.count.in_trouble,
            _ => {
                eprintln!("WRONG: {path} for {}: {status}", COMMUNITIES[community]);
                &state.count.wrong
            }
        };
        count.fetch_add(1, Ordering::SeqCst);
    }
}

/// Returns whether a community may call an endpoint that requires this tier: by its present plan, and
/// by its former plan while servers may not have applied the change.
fn may(state: &State, community: usize, required: usize) -> [bool; 2] {
    let plan = state.plans[community]
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let now = plan.tier >= required;
    if plan.since.elapsed() < TOLD {
        [now, plan.former >= required]
    } else {
        [now, now]
    }
}

/// Changes the plans of all communities in turn, alternating between the servers.
fn change(state: &State, servers: &[Cad; 2]) {
    let mut number = 0;
    while !state.is_over.load(Ordering::SeqCst) {
        std::thread::sleep(Duration::from_millis(250));
        if state.is_trouble.load(Ordering::SeqCst) {
            continue;
        }
        number += 1;
        let (community, tier) = (number % COMMUNITIES.len(), number * 5 / 3 % TIERS.len());
        {
            // From now on, both plans are correct.
            let plan = &state.plans[community];
            let mut plan = plan.lock().unwrap_or_else(PoisonError::into_inner);
            plan.former = plan.tier;
            plan.tier = tier;
            plan.since = Instant::now();
        }
        let status = servers[number % 2].change_plan(COMMUNITIES[community], Some(TIERS[tier]));
        assert_eq!(status, 204, "a plan is changed");
        state.count.changes.fetch_add(1, Ordering::SeqCst);
    }
}

/// Returns the resident memory of a process.
pub(crate) fn resident_kib(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    status
        .lines()
        .find_map(|line| {
            line.strip_prefix("VmRSS:")?
                .trim()
                .strip_suffix(" kB")?
                .trim()
                .parse()
                .ok()
        })
        .unwrap_or_default()
}
