//! The decisions that every framework must make, with the responses to them: all rows of the tables in
//! the documentation of `tiergate::Decision`, on a fixed clock.
//!
//! | form | layers, from the outside in |
//! | --- | --- |
//! | [`Form::Layered`] | `Overrides` with [`overrides::TABLE`], authentication |
//! | [`Form::Bare`] | `Overrides` with [`overrides::TABLE`] |
//! | [`Form::Replaced`] | `Overrides` that close everything, a `TierLayer` with [`overrides::TABLE`] |
//! | [`Form::Program`] | a `TierLayer` that closes everything, `Overrides` that a test sets, authentication |
//!
//! To add a row, add it to [`rows::ROWS`]. To add an endpoint, a caller or an override, add it to
//! [`decision_endpoints!`](crate::decision_endpoints), to [`callers::caller_named`] or to
//! [`overrides::TABLE`].
// The names of the cases describe them.
#![allow(missing_docs)]

pub mod callers;
pub mod layers;
pub mod overrides;
pub mod rows;

pub use self::callers::caller_named;
pub use self::layers::Layers;

use self::overrides::{at, endpoint_named, hour, observing_everything};
use self::rows::{DOWN, HANDLER_ROWS, ROWS, Row, UNREADABLE, refused};
use crate::callers::count;
use crate::client::{Answer, Connection, send};
use crate::{Form, Program, TIER, Tier, is_in_own_process};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use tiergate::Override;

/// Calls a macro with every endpoint: its name, its path, and the attribute without the route. Each
/// handler returns `ok`.
#[macro_export]
macro_rules! decision_endpoints {
    ($with:ident) => {
        $with! {
            free "/free" requires_tier(Free);
            plus "/plus" requires_tier(Plus);
            pro "/pro" requires_tier(Pro);
            closed "/closed" requires_tier(Plus);
            closed_until "/closed_until" requires_tier(Plus);
            reopened "/reopened" requires_tier(Plus);
            granted "/granted" requires_tier(Pro);
            grant_ended "/grant_ended" requires_tier(Pro);
            promoted "/promoted" requires_tier(Pro);
            promotion_ended "/promotion_ended" requires_tier(Pro);
            raised "/raised" requires_tier(Free);
            raised_granted "/raised_granted" requires_tier(Free);
            observed "/observed" requires_tier(Free);
            observed_lower "/observed_lower" requires_tier(Pro);
            and_camera "/and_camera" requires_tier(Plus, feature = BodyCam);
            or_camera "/or_camera" requires_tier(Plus, or_feature = BodyCam);
            camera "/camera" requires_feature(BodyCam);
            camera_granted "/camera_granted" requires_feature(BodyCam);
            camera_raised "/camera_raised" requires_feature(BodyCam);
            camera_closed "/camera_closed" requires_feature(BodyCam);
            and_camera_promoted "/and_camera_promoted" requires_tier(Pro, feature = BodyCam);
            or_camera_raised "/or_camera_raised" requires_tier(Plus, or_feature = BodyCam);
            versions "/versions" requires_tier(Pro, until_version(2, Free), until_version(4, Plus));
            versions_raised "/versions_raised" requires_tier(Plus, until_version(2, Free));
            // The name is as long as `free`, because a test compares the responses.
            soon "/soon" requires_tier(Plus, enforced = Free);
            soon_versions "/soon_versions" requires_tier(Pro, until_version(2, Free), enforced = Plus);
            soon_camera "/soon_camera" requires_tier(Pro, feature = BodyCam, enforced = Plus);
        }
    };
}

async fn get(to: SocketAddr, path: &str, caller: &str) -> Answer {
    send(to, "GET", path, &[(TIER, caller)]).await
}

async fn assert_row(to: SocketAddr, row: &Row) {
    let answer = get(to, &row.path(), row.caller).await;
    row.assert_answer(&answer);
}

async fn assert_rows(program: &Program, form: Form, rows: &[Row]) {
    let to = program.at(form);
    for row in rows {
        assert_row(to, row).await;
    }
}

/// Returns the responses to each of these callers at each of these endpoints, without the header
/// `Date`.
async fn answers(to: SocketAddr) -> Vec<Answer> {
    let mut answers = Vec::new();
    for path in ["/free", "/plus", "/pro", "/ask"] {
        for caller in [
            "free",
            "plus",
            "pro",
            "none",
            "unknown",
            "anonymous",
            "plus-ended",
            "plus-then-free",
        ] {
            let mut answer = get(to, path, caller).await;
            answer.headers.remove("date");
            answers.push(answer);
        }
    }
    answers
}

/// The shadows of the calls in [`answers`] if the tier Pro is observed.
const SHADOWS: [(&str, u64); 3] = [
    ("code=tier_too_low endpoint=free required=Pro tier=Free", 3),
    ("code=tier_too_low endpoint=free required=Pro tier=Plus", 1),
    ("code=tier_too_low endpoint=plus required=Pro tier=Plus", 1),
];

cases! { decisions_tests:
    async fn each_row_of_the_tables_has_its_response(program) {
        assert_rows(program, Form::Layered, ROWS).await;
    }

    async fn the_overrides_of_a_tier_layer_take_effect_and_those_outside_it_do_not(program) {
        assert_rows(program, Form::Replaced, ROWS).await;
    }

    async fn a_handlers_refusal_has_the_document_of_the_guard(program) {
        for form in [Form::Layered, Form::Replaced] {
            assert_rows(program, form, HANDLER_ROWS).await;
        }
    }

    async fn a_closed_endpoint_is_closed_without_an_authentication_layer(program) {
        let to = program.at(Form::Bare);
        for row in ROWS {
            if row.code == "endpoint_closed" {
                assert_row(to, row).await;
            } else {
                let detail = "requires an authentication layer that identifies the caller";
                let expected = refused(row.endpoint, row.caller, 500, "missing_layer", detail);
                assert_row(to, &expected).await;
            }
        }
    }

    async fn a_closed_endpoint_is_closed_while_the_source_fails(program) {
        let to = program.at(Form::Replaced);
        for row in ROWS.iter().filter(|row| row.caller == "free") {
            for (caller, status, code, detail) in [DOWN, UNREADABLE] {
                if row.code == "endpoint_closed" {
                    assert_row(to, &Row { caller, ..*row }).await;
                } else {
                    let mut expected = refused(row.endpoint, caller, status, code, detail);
                    expected.retry_after = (status == 503).then_some("5");
                    assert_row(to, &expected).await;
                }
            }
        }
    }

    async fn an_override_applies_to_the_next_request_on_an_open_connection(program) {
        // No other test may change this program's overrides in the meantime.
        if !is_in_own_process(&name_of_this_test()) {
            return;
        }
        let to = program.at(Form::Program);
        let mut connection = Connection::open(to).await;
        let (overrides, endpoints) = layers::changing(to);
        let plus = endpoint_named(&endpoints, "plus");
        let declared = [403, 200, 200];
        for (version, entry, expected) in [
            (1, None, declared),
            (2, Some(Override::close(plus)), [503; 3]),
            (3, Some(Override::require(plus, Tier::Free).until(hour())), [200; 3]),
            (4, Some(Override::require(plus, Tier::Pro).until(hour())), [403, 403, 200]),
            (5, Some(Override::require(plus, Tier::Pro).until(at())), declared),
            (6, Some(Override::observe(plus, Tier::Pro).until(hour())), declared),
            (7, None, declared),
        ] {
            overrides.replace(version, entry).expect("valid overrides");
            for (caller, expected) in ["free", "plus", "pro"].into_iter().zip(expected) {
                let answer = connection.send("GET", "/plus", &[(TIER, caller)]).await;
                assert_eq!(answer.status, expected, "{version} {caller}: {answer:?}");
            }
        }
    }

    async fn observing_a_tier_changes_no_byte_and_counts_whom_it_would_refuse(program) {
        // The counters belong to the whole process.
        if !is_in_own_process(&name_of_this_test()) {
            return;
        }
        let counters = count();
        let to = program.at(Form::Program);
        let unobserved = answers(to).await;
        let (overrides, endpoints) = layers::changing(to);
        assert_eq!(shadows(counters()), []);
        for caller in ["free", "plus", "unknown", "anonymous", "plus-ended", "free-maps"] {
            get(to, "/soon", caller).await;
        }
        let of_soon = "code=tier_too_low endpoint=soon required=Plus tier=Free";
        assert_eq!(shadows(counters()), [(of_soon.to_owned(), 3)]);
        overrides.replace(1, observing_everything(&endpoints)).expect("valid overrides");
        assert_eq!(answers(to).await, unobserved);
        let expected = SHADOWS.map(|(labels, number)| (labels.to_owned(), number));
        assert_eq!(shadows(counters()), expected);
    }

    async fn enforcing_a_lower_tier_gives_the_responses_of_that_tier(program) {
        for form in [Form::Layered, Form::Replaced] {
            let to = program.at(form);
            for caller in rows::callers() {
                let [mut declared, mut enforced] =
                    [get(to, "/free", caller).await, get(to, "/soon", caller).await];
                enforced.body = enforced.body.replace("soon", "free");
                for answer in [&mut declared, &mut enforced] {
                    answer.headers.remove("date");
                }
                assert_eq!(enforced, declared, "{caller}");
            }
        }
    }
}

/// Returns the labels and the numbers of the calls that an observed tier would refuse. Omits the
/// endpoint `ask`, which isn't the same in every program.
fn shadows(counters: BTreeMap<String, u64>) -> Vec<(String, u64)> {
    let counted = counters.into_iter().filter_map(|(line, number)| {
        let labels = line.strip_prefix("tiergate_shadow_refused_total ")?;
        // A counter that has been read stays listed.
        let is_counted = number > 0 && !labels.contains("endpoint=ask ");
        is_counted.then(|| (labels.to_owned(), number))
    });
    counted.collect()
}

/// Returns the name of the test that calls this function.
fn name_of_this_test() -> String {
    let name = std::thread::current().name().map(str::to_owned);
    name.expect("a test's thread has its name")
}
