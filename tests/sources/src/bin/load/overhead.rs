//! The cost of a cache hit, compared with a server whose tier is fixed.

use crate::client::{Client, request};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const CONNECTIONS: usize = 16;
const SLICE: Duration = Duration::from_millis(250);

/// Measures both servers in short alternating slices. Both are in one process, built from `cad`'s
/// tests, so other work on the machine affects both equally. A round is fixed, cached, cached, fixed,
/// which cancels out any steady rise or fall.
pub(crate) async fn measure(seconds: u64) {
    let (server, [fixed, cached]) = start();
    let mut fixed = Load::connect(&fixed).await;
    let mut cached = Load::connect(&cached).await;
    fixed.slice(server.id()).await;
    cached.slice(server.id()).await;

    let mut rounds = Vec::new();
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(seconds) {
        let mut round = [Slice::default(), Slice::default()];
        for index in [0, 1, 1, 0] {
            let load = if index == 0 { &mut fixed } else { &mut cached };
            round[index].add(load.slice(server.id()).await);
        }
        rounds.push(round);
    }
    report(&rounds);
    end(server);
}

fn report(rounds: &[[Slice; 2]]) {
    let of = |what: fn(&Slice) -> f64| {
        rounds
            .iter()
            .map(move |round| [0, 1].map(|i| what(&round[i])))
    };
    for (what, unit, values) in [
        ("requests", "/s", of(Slice::rate).collect::<Vec<_>>()),
        (
            "processor time of the server",
            " µs a request",
            of(Slice::cost).collect(),
        ),
    ] {
        let [fixed, cached] = [0, 1].map(|i| quartiles(values.iter().map(|value| value[i]))[1]);
        let change = values
            .iter()
            .map(|[fixed, cached]| (cached / fixed - 1.0) * 100.0);
        let [low, median, high] = quartiles(change);
        println!(
            "{what}: fixed tier {fixed:.1}{unit}, cached lookup {cached:.1}{unit}; of {} rounds the \
             median {median:+.1} %, half of them from {low:+.1} to {high:+.1} %",
            values.len()
        );
    }
}

/// Returns the first quartile, the median and the third quartile.
fn quartiles(values: impl Iterator<Item = f64>) -> [f64; 3] {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    [1, 2, 3].map(|quarter| values[(values.len() - 1) * quarter / 4])
}

/// The work done in a slice of time.
#[derive(Clone, Copy, Default)]
struct Slice {
    requests: f64,
    seconds: f64,
    processor_seconds: f64,
}

impl Slice {
    fn add(&mut self, other: Self) {
        self.requests += other.requests;
        self.seconds += other.seconds;
        self.processor_seconds += other.processor_seconds;
    }

    fn rate(&self) -> f64 {
        self.requests / self.seconds
    }

    fn cost(&self) -> f64 {
        self.processor_seconds / self.requests * 1e6
    }
}

/// Connections to one of the servers.
struct Load {
    clients: Vec<Client>,
    request: Arc<Vec<u8>>,
}

impl Load {
    async fn connect(base: &str) -> Self {
        let mut clients = Vec::new();
        for _ in 0..CONNECTIONS {
            clients.push(Client::connect(base).await.expect("a connection"));
        }
        // Every tier may call this endpoint, and it does no other work.
        let request = request("/general/get_version", "demo-free", &json!([]));
        Self {
            clients,
            request: Arc::new(request),
        }
    }

    async fn slice(&mut self, server: u32) -> Slice {
        let is_over = Arc::new(AtomicBool::new(false));
        let (begun, processor) = (Instant::now(), processor_seconds(server));
        let calls: Vec<_> = self
            .clients
            .drain(..)
            .map(|client| tokio::spawn(call(client, self.request.clone(), is_over.clone())))
            .collect();
        tokio::time::sleep(SLICE).await;
        is_over.store(true, Ordering::Relaxed);
        let mut slice = Slice::default();
        for call in calls {
            let (client, count) = call.await.expect("no wrong answer");
            self.clients.push(client);
            slice.requests += f64::from(count);
        }
        slice.seconds = begun.elapsed().as_secs_f64();
        slice.processor_seconds = processor_seconds(server) - processor;
        slice
    }
}

async fn call(
    mut client: Client,
    request: Arc<Vec<u8>>,
    is_over: Arc<AtomicBool>,
) -> (Client, u32) {
    let mut count = 0;
    while !is_over.load(Ordering::Relaxed) {
        assert_eq!(client.call(&request).await.expect("an answer"), 200);
        count += 1;
    }
    (client, count)
}

/// Returns the processor time of a process, as the scheduler reports it.
fn processor_seconds(process: u32) -> f64 {
    let threads = std::fs::read_dir(format!("/proc/{process}/task")).expect("the server runs");
    let nanoseconds = threads.filter_map(|thread| {
        let told = std::fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
        told.split_whitespace().next()?.parse::<f64>().ok()
    });
    nanoseconds.sum::<f64>() / 1e9
}

/// Starts the process, and returns it with the URLs of its two servers.
fn start() -> (Child, [String; 2]) {
    let mut server = Command::new(tests_of_cad())
        .args(["--ignored", "--nocapture", "--exact"])
        .arg("tests::serve_with_and_without_lookups")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the server starts");
    let mut lines = BufReader::new(server.stdout.take().expect("piped")).lines();
    let bases = ["fixed: ", "cached: "].map(|name| {
        let mut lines = lines.by_ref().map(|line| line.expect("text"));
        lines
            .find_map(|line| line.split_once(name).map(|(_, base)| base.to_owned()))
            .expect("the server says where")
    });
    // Keep reading the remaining output, because a full pipe would block the server.
    std::thread::spawn(move || lines.for_each(drop));
    (server, bases)
}

/// Ends the server by closing its input.
fn end(mut server: Child) {
    drop(server.stdin.take());
    let _ = server.wait();
}

/// Builds `cad`'s tests with optimisations, and returns the program's path.
fn tests_of_cad() -> String {
    let output = Command::new(env!("CARGO"))
        .args([
            "test",
            "--release",
            "--package",
            "tiergate",
            "--example",
            "cad",
            "--no-run",
        ])
        .args(["--message-format", "json-render-diagnostics"])
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "the tests of cad do not build");
    String::from_utf8(output.stdout)
        .expect("cargo writes UTF-8")
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == "cad")
        .find_map(|message| message["executable"].as_str().map(str::to_owned))
        .expect("cargo names the executable")
}
