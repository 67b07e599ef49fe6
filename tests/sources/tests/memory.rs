//! The memory of counters, overrides and connections.

mod quota_memory;
mod quota_overrides_memory;
mod watch_memory;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use std::alloc::System;
use tokio::sync::Mutex;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Each test locks this from start to end, because the allocator counts the allocations of the whole process.
static ALONE: Mutex<()> = Mutex::const_new(());
