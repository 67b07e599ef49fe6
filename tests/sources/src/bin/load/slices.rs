//! Load in short alternating slices on servers that are compared.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tiergate_tests_sources::client::Client;

const CONNECTIONS: usize = 16;
const SLICE: Duration = Duration::from_millis(250);

/// A process with several servers. Other work on the machine affects all of them equally.
pub(crate) struct Servers {
    process: Child,
    loads: Vec<(&'static str, Load)>,
}

impl Servers {
    /// Starts a process that prints the URLs of its servers in this order, such as
    /// `fixed: http://127.0.0.1:8080`, and that ends with its input. Sends `request` to each of them.
    pub(crate) async fn start(
        command: &mut Command,
        names: &[&'static str],
        request: Vec<u8>,
    ) -> Self {
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let mut lines = BufReader::new(process.stdout.take().expect("piped")).lines();
        let request = Arc::new(request);
        let mut loads = Vec::new();
        for name in names {
            let mut lines = lines.by_ref().map(|line| line.expect("text"));
            let start = format!("{name}: ");
            let base = lines
                .find_map(|line| line.split_once(&start).map(|(_, base)| base.to_owned()))
                .expect("the server says where");
            loads.push((*name, Load::connect(&base, request.clone()).await));
        }
        // Keep reading the remaining output, because a full pipe would block the server.
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, loads }
    }

    /// Measures all servers, and prints how the others differ from the first. A round is first, other,
    /// other, first, which cancels out any steady rise or fall, and in which each of them as often follows
    /// itself.
    pub(crate) async fn compare(mut self, time: Duration) {
        let process = self.process.id();
        for (_, load) in &mut self.loads {
            load.slice(process).await;
        }
        let others = self.loads.len() - 1;
        let mut rounds = vec![Vec::new(); others];
        let begun = Instant::now();
        while begun.elapsed() < time {
            for (index, rounds) in rounds.iter_mut().enumerate() {
                let mut round = [Slice::default(); 2];
                for position in [0, 1, 1, 0] {
                    let (_, load) = &mut self.loads[position * (index + 1)];
                    round[position].add(load.slice(process).await);
                }
                rounds.push(round);
            }
        }
        for ((other, _), rounds) in self.loads[1..].iter().zip(rounds) {
            report([self.loads[0].0, other], &rounds);
        }
        // The server ends with its input.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

fn report([one, other]: [&str; 2], rounds: &[[Slice; 2]]) {
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
        let [before, after] = [0, 1].map(|i| quartiles(values.iter().map(|value| value[i]))[1]);
        let change = values
            .iter()
            .map(|[before, after]| (after / before - 1.0) * 100.0);
        let [low, median, high] = quartiles(change);
        println!(
            "{what}: {one} {before:.1}{unit}, {other} {after:.1}{unit}; of {} rounds the median \
             {median:+.1} %, half of them from {low:+.1} to {high:+.1} %",
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
    async fn connect(base: &str, request: Arc<Vec<u8>>) -> Self {
        let mut clients = Vec::new();
        for _ in 0..CONNECTIONS {
            clients.push(Client::connect(base).await.expect("a connection"));
        }
        Self { clients, request }
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
