//! The guarantee of `Cached`, checked against random histories. Plans change, channels connect, are
//! lost and are dropped, and the store goes down, all while lookups are running.
//!
//! The tests use tokio's paused clock, so the machine's speed doesn't matter. Set `PROPTEST_CASES` to
//! run more histories.

#[path = "freshness/program.rs"]
mod program;
#[path = "freshness/world.rs"]
mod world;

use self::program::{Program, SEEN, Seen};
use self::world::World;
use proptest::test_runner::{Config, TestError, TestRunner};
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest};
use std::sync::atomic::Ordering;

#[test]
fn no_answer_is_staler_than_guaranteed() {
    let mut config = Config {
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..Config::default()
    };
    config.cases = config.cases.max(1000);
    let mut runner = TestRunner::new(config.clone());
    let histories = World::sequential_strategy(1..100);
    let outcome = runner.run(&histories, |(world, transitions, count)| {
        Program::test_sequential(config.clone(), world, transitions, count);
        Ok(())
    });
    if let Err(TestError::Fail(reason, (_, transitions, _))) = outcome {
        panic!("{reason}\nafter {transitions:#?}");
    }
    outcome.expect("histories");

    // The histories reach every kind of answer.
    for (index, seen) in Seen::ALL.into_iter().enumerate() {
        let count = SEEN[index].load(Ordering::Relaxed);
        println!("{seen:?}: {count}");
        assert!(count > 10, "{seen:?}: {count}");
    }
}
