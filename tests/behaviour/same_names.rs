//! Endpoints that can't be told apart: the audit names them, and the lock doesn't treat them as one
//! endpoint.

use std::fs;
use std::panic;
use tiergate::{Catalogue, Finding, Snapshot, gated, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

struct Calls;
struct Units;
struct Reports;
struct Prices;

#[gated]
impl Calls {
    #[requires_tier(public = "everybody sees how many there are")]
    fn list() {}
}

#[gated]
impl Units {
    #[requires_tier(public = "everybody sees how many there are")]
    fn list() {}
}

#[gated]
impl Reports {
    #[requires_tier(Plus)]
    fn list() {}
}

#[gated]
impl Prices {
    #[requires_tier(Free, name = "list prices")]
    fn list() {}
}

mod other {
    use super::Tier;

    #[tiergate::requires_tier(Plus)]
    pub(super) fn list() {}
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(Calls::list, Prices::list, other::list))]
struct Apart;

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(Calls::list, Units::list, Prices::list, other::list))]
struct Equal;

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(Reports::list, Calls::list))]
struct OfTwoTiers;

fn same_names<C: Catalogue>() -> Vec<String> {
    let audit = C::audit();
    let findings = audit.findings().iter();
    findings
        .filter(|finding| matches!(finding, Finding::SameName(..)))
        .map(ToString::to_string)
        .collect()
}

/// Returns the panic message of `assert_locked` for a file with the whole catalogue.
fn complaint<C: Catalogue>(name: &str) -> Option<String> {
    let file = std::env::temp_dir().join(format!("tiergate-{name}-{}.lock", std::process::id()));
    fs::write(&file, Snapshot::of::<C>().to_lock()).expect("a file");
    let complaint = panic::catch_unwind(|| C::assert_locked(&file)).err();
    fs::remove_file(&file).expect("a file");
    complaint.map(|complaint| *complaint.downcast::<String>().expect("a text"))
}

#[test]
fn endpoints_of_the_same_name_differ_by_module_or_given_name() {
    assert_eq!(complaint::<Apart>("apart"), None);
    assert!(Tier::Plus.allows(Tier::Free));
    // The audit also covers handlers that are in no list.
    assert_eq!(same_names::<Apart>().len(), 2);
}

#[test]
fn two_endpoints_of_one_name_and_module_are_found_and_cannot_be_locked() {
    let names = same_names::<OfTwoTiers>();
    assert!(
        names[0].ends_with(
            "have no route, and the same name in the same module; give one of them another name with `name = \"…\"`"
        ),
        "{names:?}"
    );
    let expected = "the catalogue cannot be locked, because a lock file cannot distinguish two of its endpoints: `same_names::list` and `same_names::list`; call the catalogue's `audit()` to see how to fix this";
    for complaint in [
        complaint::<Equal>("equal"),
        complaint::<OfTwoTiers>("of-two-tiers"),
    ] {
        assert_eq!(complaint.as_deref(), Some(expected));
    }
}

#[test]
fn a_lock_has_one_line_per_endpoint() {
    let lines = |text: String| text.lines().filter(|line| line.starts_with("open")).count();
    assert_eq!(lines(Snapshot::of::<Equal>().to_lock()), 2);
}
