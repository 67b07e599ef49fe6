//! Instruction counts of requests through an axum router: the same handlers behind a check by hand,
//! behind tiergate, behind protect-axum and behind rate limiters.

use crate::callgrind::instructions_each;
use crate::programs;
use crate::report::{Fact, Report, Row};
use std::path::Path;
use std::process::Command;

/// Two gates that are called in the same way: the row's name, the arguments of the call, tiergate's
/// gate, the other gate, the limit and the ceiling.
type Pair = (
    &'static str,
    [&'static str; 3],
    &'static str,
    &'static str,
    f64,
    f64,
);

const PERMITTED_WRITE: [&str; 3] = ["extension", "write", "permitted"];
const PERMITTED_READ: [&str; 3] = ["extension", "read", "permitted"];
const REFUSED_WRITE: [&str; 3] = ["extension", "write", "refused"];
const REFUSED_READ: [&str; 3] = ["extension", "read", "refused"];
const LAYER_PERMITTED_WRITE: [&str; 3] = ["layer", "write", "permitted"];
const LAYER_PERMITTED_READ: [&str; 3] = ["layer", "read", "permitted"];
const LAYER_REFUSED_WRITE: [&str; 3] = ["layer", "write", "refused"];
const LAYER_REFUSED_READ: [&str; 3] = ["layer", "read", "refused"];

const DOCUMENT: &str = "tiergate-document";
const BARE: &str = "tiergate";
const NO_OVERRIDES: &str = "tiergate-no-overrides";
const OVERRIDES: &str = "tiergate-1000-overrides";
const LIMIT: &str = "tiergate-limit";
const GOVERNOR: &str = "tower-governor";
const RATE_TIER: &str = "tower-rate-tier";
/// A check by hand under a layer that does nothing, because a layer itself costs a tenth of a request.
const IDLE_LAYER: &str = "hand-idle-layer";

/// The counts of one build differ by a thousandth between runs. Those of protect-axum differ by up to
/// two hundredths, because it hashes with random keys. Another compiler version changes them more. The
/// ceilings are three to ten hundredths above the measured ratios.
#[rustfmt::skip]
const PAIRS: [Pair; 18] = [
    ("permitted, with a body", PERMITTED_WRITE, DOCUMENT, "hand-document", 1.01, 1.02),
    ("permitted, without a body", PERMITTED_READ, DOCUMENT, "hand-document", 1.01, 1.02),
    ("refused with a bare status, with a body", REFUSED_WRITE, BARE, "hand", 0.85, 0.77),
    ("refused with the document, with a body", REFUSED_WRITE, DOCUMENT, "hand-document", 0.80, 0.53),
    ("refused with the document, without a body", REFUSED_READ, DOCUMENT, "hand-document", 0.80, 0.80),
    ("permitted, with a body", PERMITTED_WRITE, DOCUMENT, "protect-axum-document", 0.83, 0.97),
    ("permitted, without a body", PERMITTED_READ, DOCUMENT, "protect-axum-document", 0.83, 0.92),
    ("permitted, with a body, layer included", LAYER_PERMITTED_WRITE, DOCUMENT, "protect-axum-document", 0.83, 0.94),
    ("permitted, without a body, layer included", LAYER_PERMITTED_READ, DOCUMENT, "protect-axum-document", 0.83, 0.84),
    ("refused with the document, with a body", REFUSED_WRITE, DOCUMENT, "protect-axum-document", 1.00, 0.59),
    ("refused with the document, without a body", REFUSED_READ, DOCUMENT, "protect-axum-document", 1.00, 0.97),
    ("refused with the document, with a body, layer included", LAYER_REFUSED_WRITE, DOCUMENT, "protect-axum-document", 1.00, 0.60),
    ("refused with the document, without a body, layer included", LAYER_REFUSED_READ, DOCUMENT, "protect-axum-document", 1.00, 0.90),
    ("permitted, with a body, under `on_refusal`", PERMITTED_WRITE, BARE, "hand", 1.00, 1.25),
    ("permitted, with a body, without overrides", PERMITTED_WRITE, NO_OVERRIDES, IDLE_LAYER, 1.03, 1.02),
    ("permitted, without a body, without overrides", PERMITTED_READ, NO_OVERRIDES, IDLE_LAYER, 1.03, 1.04),
    ("permitted, with a body, 1,000 overrides", PERMITTED_WRITE, OVERRIDES, IDLE_LAYER, 1.05, 1.06),
    ("permitted, without a body, 1,000 overrides", PERMITTED_READ, OVERRIDES, IDLE_LAYER, 1.05, 1.15),
];

/// In a build with the feature `quota`.
#[rustfmt::skip]
const QUOTA_PAIRS: [Pair; 8] = [
    ("permitted, with a body, without quotas", PERMITTED_WRITE, DOCUMENT, "hand-document", 1.01, 1.02),
    ("permitted, without a body, without quotas", PERMITTED_READ, DOCUMENT, "hand-document", 1.01, 1.02),
    ("permitted, with a body and a limit", PERMITTED_WRITE, LIMIT, GOVERNOR, 0.90, 1.05),
    ("permitted, without a body, with a limit", PERMITTED_READ, LIMIT, GOVERNOR, 0.90, 1.03),
    ("permitted, with a body and a limit", PERMITTED_WRITE, LIMIT, RATE_TIER, 0.90, 0.90),
    ("permitted, without a body, with a limit", PERMITTED_READ, LIMIT, RATE_TIER, 0.90, 0.82),
    ("permitted, with a body and a limit", PERMITTED_WRITE, LIMIT, DOCUMENT, 1.30, 1.28),
    ("permitted, without a body, with a limit", PERMITTED_READ, LIMIT, DOCUMENT, 1.50, 1.48),
];

/// In a build with the feature `watch`. No handler of the program watches its connections.
#[rustfmt::skip]
const WATCH_PAIRS: [Pair; 2] = [
    ("permitted, with a body, without watched connections", PERMITTED_WRITE, DOCUMENT, "hand-document", 1.01, 1.02),
    ("permitted, without a body, without watched connections", PERMITTED_READ, DOCUMENT, "hand-document", 1.01, 1.03),
];

/// Measures all pairs, with these features in addition to `axum`.
pub(crate) fn measure(report: &mut Report, features: &str) {
    let program = programs::build(features).join("requests");
    same_answers(report, &program);
    measure_pairs(report, &program, features, &PAIRS);
}

/// Measures what the feature `watch` costs an app that watches no connections.
pub(crate) fn watch(report: &mut Report) {
    let program = programs::build("watch").join("requests");
    measure_pairs(report, &program, "watch", &WATCH_PAIRS);
}

/// Measures what the feature `quota` costs an app without quotas, and what a limit costs.
pub(crate) fn quota(report: &mut Report) {
    let program = programs::build("quota").join("requests");
    same_remainder(report, &program);
    measure_pairs(report, &program, "quota", &QUOTA_PAIRS);
    // With a body, the layout of the heap has as much influence as the limit.
    let added = |gate: &str, unlimited: &str| {
        let [limited, unlimited] =
            [gate, unlimited].map(|gate| instructions_of(&program, gate, PERMITTED_READ));
        limited - unlimited
    };
    let own = added(LIMIT, DOCUMENT);
    for (other_gate, ceiling) in [(GOVERNOR, 1.03), (RATE_TIER, 0.60)] {
        let other = added(other_gate, "hand-unlimited");
        let row = Row {
            what: "what a limit adds, without a body".to_owned(),
            own: format!("{own:.0}"),
            other: format!("{other_gate} {other:.0}"),
            ratio: own / other,
            limit: 0.90,
        };
        report.add_guarded(row, ceiling);
    }
}

fn measure_pairs(report: &mut Report, program: &Path, features: &str, pairs: &[Pair]) {
    for &(what, call, own_gate, other_gate, limit, ceiling) in pairs {
        let own = instructions_of(program, own_gate, call);
        let other = instructions_of(program, other_gate, call);
        let with = match features {
            "" => String::new(),
            features => format!(", feature `{features}`"),
        };
        let row = Row {
            what: format!("{what}{with}"),
            own: format!("{own:.0}"),
            other: format!("{} {other:.0}", other_gate.trim_end_matches("-document")),
            ratio: own / other,
            limit,
        };
        report.add_guarded(row, ceiling);
    }
}

/// Checks that both gates give the same answers. Otherwise the counts wouldn't be for the same work.
fn same_answers(report: &mut Report, program: &Path) {
    for (own, call) in [
        (DOCUMENT, PERMITTED_WRITE),
        (DOCUMENT, REFUSED_WRITE),
        (DOCUMENT, REFUSED_READ),
        (BARE, REFUSED_WRITE),
    ] {
        let other = own.replace("tiergate", "hand");
        let answers = [own, &other].map(|gate| answer(program, gate, call));
        let [own_answer, other_answer] = &answers;
        report.fact(Fact {
            what: format!("the same answer, `{own} {}`", call.join(" ")),
            own: format!("{} bytes", own_answer.len()),
            other: format!("{other}: {} bytes", other_answer.len()),
            holds: own_answer == other_answer,
        });
    }
}

/// Checks that all limiters count the request and tell the client what remains of the same limit.
fn same_remainder(report: &mut Report, program: &Path) {
    let remains = |gate| answer(program, gate, PERMITTED_READ).contains("999999");
    for other in [GOVERNOR, RATE_TIER] {
        report.fact(Fact {
            what: "the response tells what remains of the limit".to_owned(),
            own: LIMIT.to_owned(),
            other: other.to_owned(),
            holds: remains(LIMIT) && remains(other),
        });
    }
}

/// Returns the response to a single request, headers included.
fn answer(program: &Path, gate: &str, call: [&str; 3]) -> String {
    let mut command = Command::new(program);
    let output = command.arg(gate).args(call).arg("1").output();
    let output = output.expect("the program");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn instructions_of(program: &Path, gate: &str, call: [&str; 3]) -> f64 {
    let [told, operation, outcome] = call;
    instructions_each(
        program,
        "requests::serve*",
        &[gate, told, operation, outcome],
    )
}
