//! The guarantee of `Cached`, checked against random histories: plans change, channels connect, get
//! lost and are dropped, the store goes down, and lookups are on their way all the while.
//!
//! The clock is tokio's paused one, so that nothing here depends on the machine's speed. Set
//! `PROPTEST_CASES` to run more histories.

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
