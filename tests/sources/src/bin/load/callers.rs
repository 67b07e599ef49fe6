//! The memory that counters of a million random callers take. In each minute, another million calls.

use crate::soak::resident_kib;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use tiergate::quota::CallerIdentity;
use tiergate::{Caller, Quotas};
use tiergate_tests_sources::Tier;
use tiergate_tests_sources::quota::{PLAIN, PerMinute};

const CALLERS: u64 = 1_000_000;

/// Enough for almost all callers of a minute to call.
const CALLS_PER_MILLISECOND: u128 = 100;

/// The most that each of the largest number of counters may take. Tables grow to twice their size, and they
/// shrink late.
const MOST_BYTES: u64 = 128;

pub(crate) async fn run(time: Duration) -> ExitCode {
    let quotas = Quotas::local::<PerMinute>();
    let before = resident_kib(std::process::id());
    println!("{before} KiB at the start");
    let (mut random, mut calls) = (Random(7), 0);
    let mut memory = Vec::new();
    let begun = Instant::now();
    let step = (time / 60).max(Duration::from_secs(1));
    let mut report_at = step;
    let (mut most_counters, mut is_small) = (0, true);
    while begun.elapsed() < time {
        let minute = begun.elapsed().as_secs() / 60;
        // A busy machine falls behind.
        let due = begun.elapsed().as_millis() * CALLS_PER_MILLISECOND;
        while calls < due {
            call(&quotas, minute * CALLERS + random.next() % CALLERS).await;
            calls += 1;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
        if begun.elapsed() < report_at {
            continue;
        }
        report_at += step;
        let counters = quotas.counter_count() as u64;
        let kib = resident_kib(std::process::id());
        let bytes = kib.saturating_sub(before) * 1024 / counters.max(1);
        println!(
            "{:>4} s: {calls} calls, {counters} counters, {kib} KiB, {bytes} bytes for each",
            begun.elapsed().as_secs()
        );
        most_counters = most_counters.max(counters);
        // Small tables may take a few pages more.
        let allowed = most_counters * MOST_BYTES / 1024 + 2048;
        // The counters of the last minute are removed little by little.
        is_small &= counters <= 2 * CALLERS && kib <= before + allowed;
        memory.push(kib);
    }
    // After two minutes, the tables have reached their usual size.
    let (first, rest) = memory.split_at(memory.len() / 4);
    let [warm, most] = [first, rest].map(|part| part.iter().copied().max().unwrap_or_default());
    println!("{warm} KiB at most in the first quarter, {most} KiB at most in the rest");
    let is_flat = time < Duration::from_secs(480) || most < warm + warm / 8;
    if is_small && is_flat {
        return ExitCode::SUCCESS;
    }
    eprintln!("the counters take too much memory");
    ExitCode::FAILURE
}

async fn call(quotas: &Quotas, number: u64) {
    let id = number.to_string();
    let caller = Caller::anonymous(Tier::Free);
    let taken = quotas.take_as(CallerIdentity::id(&id), &caller, PLAIN);
    assert!(taken.await.is_ok(), "few callers call 500 times");
}

/// Numbers that look random (xorshift).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}
