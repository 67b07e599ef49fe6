//! Overrides of limits allocate nothing for other customers.

use super::{ALLOCATOR, ALONE};
use stats_alloc::Region;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, SystemTime};
use tiergate::{Caller, Override, Overrides, Quotas};
use tiergate_tests_sources::Tier;
use tiergate_tests_sources::quota::{Api, LIMITED};

/// Returns the number of allocations of a call in memory, which never waits. The test harness allocates
/// too, so the smallest number of several calls counts.
fn allocations<F: Future>(call: impl Fn() -> F) -> usize {
    let calls = (0..50).map(|_| {
        let region = Region::new(ALLOCATOR);
        let mut context = Context::from_waker(Waker::noop());
        match pin!(call()).poll(&mut context) {
            Poll::Ready(_) => region.change().allocations,
            Poll::Pending => panic!("a quota in memory waits"),
        }
    });
    calls.min().unwrap_or_default()
}

#[test]
fn an_override_allocates_nothing_for_other_customers() {
    let _alone = ALONE.blocking_lock();
    let quotas = Quotas::local::<Api>().with_clock(|| Duration::ZERO);
    let overrides = Overrides::of::<Api>();
    let tomorrow = SystemTime::now() + Duration::from_secs(24 * 60 * 60);
    let raises = (0..1000).map(|number| {
        let customer = format!("customer-{number}");
        Override::limit(customer, LIMITED, "600/minute").until(tomorrow)
    });
    overrides.replace(1, raises).expect("valid overrides");
    for caller in [
        Caller::new(Tier::Pro).with_id("another-customer"),
        Caller::new(Tier::Pro),
    ] {
        let usual = allocations(|| quotas.take(&caller, LIMITED));
        let with_overrides = allocations(|| quotas.take_with(&caller, LIMITED, &overrides));
        assert_eq!(with_overrides, usual);
    }
    let caller = Caller::new(Tier::Pro).with_id("customer-7");
    let usual = allocations(|| quotas.take(&caller, LIMITED));
    assert!(allocations(|| quotas.take_with(&caller, LIMITED, &overrides)) > usual);
}
