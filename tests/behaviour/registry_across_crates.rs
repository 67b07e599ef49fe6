//! The registry contains handlers from several crates.

use tiergate::{Catalogue, Endpoint, requires_tier};
use tiergate_tests_second::Tier;

#[requires_tier(Plus, get = "/first")]
fn first() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(first, tiergate_tests_second::units, tiergate_tests_second::health))]
struct Listed;

#[derive(Catalogue)]
#[catalogue(tier = Tier)]
struct Registered;

#[test]
fn handlers_of_both_crates_are_in_the_registry() {
    let names: Vec<_> = Registered::endpoints().iter().map(Endpoint::name).collect();
    assert_eq!(names, ["first", "health", "units", "hidden"]);
    assert_eq!(tiergate::registry().len(), 4);
}

#[test]
fn handlers_of_another_crate_can_be_listed() {
    let names: Vec<_> = Listed::ENDPOINTS.iter().map(Endpoint::name).collect();
    assert_eq!(names, ["first", "units", "health"]);
}

#[test]
fn the_audit_finds_unlisted_handlers_of_another_crate() {
    let audit = Listed::audit();
    assert_eq!(audit.findings().len(), 1);
    assert!(audit.to_string().contains("hidden"), "{audit}");
}
