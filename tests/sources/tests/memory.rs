//! The memory of counters, overrides and connections.

mod quota_memory;
mod quota_overrides_memory;
mod watch_memory;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use std::alloc::System;
use tokio::sync::Mutex;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Held by a test from its start to its end, because the allocator counts for the whole process.
static ALONE: Mutex<()> = Mutex::const_new(());
