//! The findings of an audit in a program that contains every mistake.

use tiergate::{Catalogue, Finding, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Plus,
}

#[derive(Clone, Copy, tiergate::Tier)]
enum Unused {
    Only,
}

#[requires_tier(Plus, get = "/{kind}/all")]
fn all() {}

#[requires_tier(Plus, get = "/units/{id}")]
fn unit() {}

#[requires_tier(Free, get = "/units/{other}")]
fn same_unit() {}

#[requires_tier(Free, get = "/units/active")]
fn an_exception_is_no_overlap() {}

#[requires_tier(Free, post = "/{kind}/all")]
fn another_method_is_no_overlap() {}

#[requires_tier(public = "nobody needs an account to see prices", get = "/prices")]
fn prices() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(all, unit, an_exception_is_no_overlap, another_method_is_no_overlap))]
struct Api;

/// Lists the handlers that `Api` omits. The audit of `Api` alone must still report them.
#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(same_unit, prices))]
struct Other;

#[derive(Catalogue)]
#[catalogue(tier = Unused)]
struct Nothing;

#[test]
fn the_audit_finds_every_mistake_and_nothing_else() {
    let audit = Api::audit();
    let mut unlisted = Vec::new();
    let mut same = Vec::new();
    let mut overlapping = Vec::new();
    for finding in audit.findings() {
        match finding {
            Finding::Unlisted(endpoint) => unlisted.push(endpoint.name()),
            Finding::SameRoute(one, other) => same.push((one.name(), other.name())),
            Finding::Overlap(one, other) => overlapping.push((one.name(), other.name())),
            other => panic!("{other}"),
        }
    }
    assert_eq!(unlisted, ["same_unit", "prices"]);
    assert_eq!(Other::endpoints().len(), 2);
    assert_eq!(same, [("unit", "same_unit")]);
    assert_eq!(overlapping, [("all", "unit"), ("all", "same_unit")]);
    assert!(!audit.is_clean());
    let text = audit.to_string();
    assert_eq!(text.lines().count(), 5);
    assert!(text.contains("`prices` (GET /prices) at "), "{text}");
}

#[test]
fn an_endpoint_in_one_of_two_catalogues_counts_as_listed() {
    let audit = Api::audit().and(Other::audit());
    let unlisted = |finding: &&Finding| matches!(finding, Finding::Unlisted(_));
    assert_eq!(audit.findings().iter().filter(unlisted).count(), 0);
    // Both audits contain these findings. The combined audit reports each once.
    assert_eq!(audit.findings().len(), 3, "{audit}");
    let again = audit.clone().and(Other::audit());
    assert_eq!(again.findings(), audit.findings());
}

#[test]
fn an_empty_registry_is_a_finding() {
    let audit = Nothing::audit();
    assert_eq!(audit.findings()[0], Finding::EmptyRegistry);
    assert_eq!(Unused::Only.rank(), 0);
}

#[test]
#[should_panic(expected = "`prices` (GET /prices) at ")]
fn assert_clean_panics_with_the_findings() {
    Api::audit().assert_clean();
}
