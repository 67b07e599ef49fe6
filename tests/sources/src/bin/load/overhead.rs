//! What a lookup that hits the cache costs, against a server where the tier is fixed.

use crate::client::{Client, request};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tiergate_tests_sources::cad::Cad;

const CONNECTIONS: usize = 32;
const ROUND: Duration = Duration::from_secs(1);

/// Both servers run all the time and are loaded in turn, so that what else the machine does is the
/// same for both.
pub(crate) async fn measure(rounds: usize) {
    let folder = std::env::temp_dir();
    let file = |name: &str| {
        let file = format!("tiergate-load-{name}-{}.sqlite3", std::process::id());
        folder.join(file)
    };
    let files = [file("fixed"), file("cached")];
    let databases = files
        .each_ref()
        .map(|file| format!("sqlite:{}", file.display()));
    // Redis or PostgreSQL would only have answers kept longer: with SQLite it is one second.
    let fixed = Cad::start(
        true,
        &[
            ("CAD_DATABASE", &databases[0]),
            ("CAD_MEASURE_WITH_TIER", "Free"),
        ],
    );
    let cached = Cad::start(true, &[("CAD_DATABASE", &databases[1])]);
    for server in [&fixed, &cached] {
        load(&server.base, ROUND).await;
    }
    let begun = [&fixed, &cached].map(|server| processor_time(server.process()));
    let (mut fixed_rates, mut cached_rates) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        // Whoever comes first in a round has no advantage over all.
        let first = load(
            if round % 2 == 0 {
                &fixed.base
            } else {
                &cached.base
            },
            ROUND,
        )
        .await;
        let second = load(
            if round % 2 == 0 {
                &cached.base
            } else {
                &fixed.base
            },
            ROUND,
        )
        .await;
        let (one, other) = if round % 2 == 0 {
            (first, second)
        } else {
            (second, first)
        };
        println!("round {round}: fixed tier {one:.0}/s, cached lookup {other:.0}/s");
        fixed_rates.push(one);
        cached_rates.push(other);
    }
    let shares = fixed_rates.iter().zip(&cached_rates);
    let shares = shares.map(|(fixed, cached)| cached / fixed).collect();
    println!(
        "median: fixed tier {:.0}/s, cached lookup {:.0}/s; in the median round {:.1} % less",
        median(fixed_rates.clone()),
        median(cached_rates.clone()),
        (1.0 - median(shares)) * 100.0
    );
    // What else the machine does changes how many requests there are, and not what one takes.
    let ended = [&fixed, &cached].map(|server| processor_time(server.process()));
    let seconds = ROUND.as_secs_f64();
    let requests = [&fixed_rates, &cached_rates].map(|rates| rates.iter().sum::<f64>() * seconds);
    let [one, other] = [0, 1].map(|index| (ended[index] - begun[index]) / requests[index]);
    println!(
        "processor time for one request: fixed tier {:.2} µs, cached lookup {:.2} µs, {:.1} % more",
        one * 1e6,
        other * 1e6,
        (other / one - 1.0) * 100.0
    );
    drop((fixed, cached));
    for file in files {
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", file.display()));
        }
    }
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

/// Requests a second of `get_version`, which every tier may call and which does nothing else.
async fn load(base: &str, time: Duration) -> f64 {
    let request = Arc::new(request("/general/get_version", "demo-free", &json!([])));
    let (is_over, count) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicU64::new(0)),
    );
    let mut calls = Vec::new();
    for _ in 0..CONNECTIONS {
        let mut client = Client::connect(base).await.expect("a connection");
        let (request, is_over, count) = (request.clone(), is_over.clone(), count.clone());
        calls.push(tokio::spawn(async move {
            while !is_over.load(Ordering::Relaxed) {
                assert_eq!(client.call(&request).await.expect("an answer"), 200);
                count.fetch_add(1, Ordering::Relaxed);
            }
        }));
    }
    let begun = Instant::now();
    tokio::time::sleep(time).await;
    is_over.store(true, Ordering::Relaxed);
    let seconds = begun.elapsed().as_secs_f64();
    // Few enough to be exact.
    #[allow(clippy::cast_precision_loss)]
    let rate = count.load(Ordering::Relaxed) as f64 / seconds;
    for call in calls {
        call.await.expect("no wrong answer");
    }
    rate
}

/// What the system says that a process has used of the processors, in seconds.
fn processor_time(process: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The name, in brackets, may have spaces; user and system time are the 12th and 13th behind it.
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    let ticks = fields.split_whitespace().skip(11).take(2);
    ticks
        .filter_map(|ticks| ticks.parse::<f64>().ok())
        .sum::<f64>()
        / 100.0
}
