//! The memory that the counters of many callers take.

use super::{ALLOCATOR, ALONE};
use stats_alloc::Region;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tiergate::quota::CallerIdentity;
use tiergate::{Caller, Quotas};
use tiergate_tests_sources::Tier;
use tiergate_tests_sources::quota::{PLAIN, PerMinute};

const CALLERS: u32 = 250_000;

#[tokio::test]
async fn callers_take_a_hundred_bytes_each() {
    let _alone = ALONE.lock().await;
    let seconds = Arc::new(AtomicU64::new(0));
    let clock = seconds.clone();
    let now = move || Duration::from_secs(clock.load(Ordering::SeqCst));
    let quotas = Quotas::local::<PerMinute>().with_clock(now);
    let caller = Caller::anonymous(Tier::Free);
    let region = Region::new(ALLOCATOR);
    let bytes = || {
        let stats = region.change();
        stats
            .bytes_allocated
            .saturating_sub(stats.bytes_deallocated)
    };
    let call = async |number: u32| {
        let address = CallerIdentity::address(number.to_be_bytes().into());
        assert!(quotas.take_as(address, &caller, PLAIN).await.is_ok());
    };
    for number in 0..CALLERS {
        call(number).await;
    }
    let per_caller = bytes() / CALLERS as usize;
    println!("{per_caller} bytes per caller");
    assert!((32..=100).contains(&per_caller), "{per_caller}");

    // Ten minutes with other callers in each minute.
    let mut most = 0;
    for minute in 1..=10_u32 {
        seconds.fetch_add(60, Ordering::SeqCst);
        for number in 0..CALLERS / 4 {
            call(minute << 24 | number).await;
        }
        most = most.max(bytes() / CALLERS as usize);
    }
    assert!(most <= 100, "{most}");
    assert!(quotas.counter_count() <= 2 * CALLERS as usize);
}
