//! `find` in a listed catalogue allocates no memory, not even in the first call. This is a separate
//! test binary, because it counts allocations with its own global allocator.

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;
use std::hint::black_box;
use tiergate::{Catalogue, requires_tier};

#[global_allocator]
static COUNTED: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[requires_tier(Free, get = "/units")]
fn units() {}

#[requires_tier(Free, get = "/units/{id}")]
fn unit(_: u32) {}

#[requires_tier(Plus, get = "/units/{id}/files/{*rest}")]
fn file(_: u32, _: &str) {}

#[requires_tier(Plus, get = "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18/{id}")]
fn deep(_: u32) {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(units, unit, file, deep))]
struct Api;

#[derive(Catalogue)]
#[catalogue(tier = Tier)]
struct Everything;

fn allocations(act: impl FnOnce()) -> usize {
    let region = Region::new(COUNTED);
    act();
    region.change().allocations
}

// A single test, because parallel tests would also allocate.
#[test]
fn find_allocates_nothing() {
    let found = allocations(|| {
        for (method, path, expected) in [
            ("GET", "/units", Some("units")),
            ("HEAD", "/units/7", Some("unit")),
            ("GET", "/units/7/files/a/b/c", Some("file")),
            (
                "GET",
                "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18/7",
                Some("deep"),
            ),
            ("GET", "/units/7/files/", None),
            ("BREW", "/units", None),
        ] {
            let found = Api::find(black_box(method), black_box(path));
            assert_eq!(found.map(tiergate::Endpoint::name), expected, "{path}");
        }
    });
    assert_eq!(found, 0);

    // A catalogue from the registry is sorted on first use.
    let first = allocations(|| assert!(Everything::find("GET", "/units").is_some()));
    let second = allocations(|| assert!(Everything::find("GET", "/units").is_some()));
    assert!(first > 0, "the allocator counts");
    assert_eq!(second, 0);
}
