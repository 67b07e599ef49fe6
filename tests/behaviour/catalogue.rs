//! Catalogues, listed and from the registry, and their lookups and documents.

use serde_json::Value;
use tiergate::{Catalogue, Endpoint, requires_tier};

#[derive(Clone, Copy, Debug, PartialEq, Eq, tiergate::Tier)]
enum Tier {
    Free = 0,
    Plus = 3,
    #[tier(name = "Pro | One")]
    Pro = 6,
}

/// A program of two modules, with texts that could break documents.
mod routes {
    use super::Tier;
    use tiergate::requires_tier;

    /// Lists the units
    /// of a server.
    ///
    /// This is not the summary.
    #[requires_tier(Free, get = "/units")]
    pub(crate) fn units() {}

    /// </script><b> | `code` [link](http://a.example) \u{202e}
    #[requires_tier(Pro, post = "/units", name = "new `unit` | \"x\"")]
    pub(crate) fn new_unit() {}

    #[requires_tier(public = "health checks have no account", get = "/health")]
    pub(crate) fn health() {}

    pub(crate) fn list<Db>(_db: Db) {}
}

use routes::units as renamed;

/** Removes
 * a unit.
 *
 * Not this.
 */
#[requires_tier(Tier::Plus, delete = "/units/{id}")]
fn remove_unit() {}

#[requires_tier(Plus)]
fn generic<Db: Default>(_db: &Db) {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(remove_unit, generic::<String>))]
struct Inner;

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(renamed, routes::new_unit, routes::health), include(Inner))]
struct Api;

#[derive(Catalogue)]
#[catalogue(tier = Tier)]
struct Registered;

const _: () = assert!(Api::ENDPOINTS.len() == 5);
const _: () = {
    let mut index = 0;
    while index < Api::ENDPOINTS.len() {
        let is_open = Api::ENDPOINTS[index].required_rank().is_none();
        assert!(is_open == Api::ENDPOINTS[index].public_reason().is_some());
        index += 1;
    }
};

fn names<'a>(endpoints: impl IntoIterator<Item = &'a Endpoint>) -> Vec<&'a str> {
    endpoints.into_iter().map(Endpoint::name).collect()
}

#[test]
fn a_list_keeps_its_order_and_appends_included_catalogues() {
    let expected = [
        "units",
        "new `unit` | \"x\"",
        "health",
        "remove_unit",
        "generic",
    ];
    assert_eq!(names(Api::endpoints()), expected);
    assert_eq!(names(Api::ENDPOINTS), expected);
    routes::list(());
}

#[test]
fn the_registry_has_the_same_endpoints() {
    assert_eq!(Registered::endpoints().len(), Api::endpoints().len());
    for endpoint in Registered::endpoints() {
        assert!(Api::endpoints().contains(endpoint), "{endpoint:?}");
    }
    let places = Registered::endpoints()
        .iter()
        .map(|endpoint| (endpoint.module(), endpoint.line()));
    assert!(places.is_sorted());
}

#[test]
fn a_record_contains_its_source_location() {
    let [units, new_unit, health, remove_unit, generic] = Api::endpoints() else {
        panic!("five endpoints");
    };
    assert_eq!(units.summary(), "Lists the units of a server.");
    assert_eq!(units.module(), "catalogue::routes");
    assert!(units.file().ends_with("catalogue.rs"));
    assert!(units.line() > 10 && new_unit.line() > units.line());
    assert_eq!(new_unit.required_tier(), Some("Pro | One"));
    assert_eq!(new_unit.required_rank(), Some(6));
    assert_eq!(health.required_tier(), None);
    assert_eq!(
        health.public_reason(),
        Some("health checks have no account")
    );
    assert_eq!(remove_unit.summary(), "Removes a unit.");
    assert_eq!((generic.method(), generic.path()), (None, None));
}

#[test]
fn find_understands_templates() {
    let name = |method, path| Api::find(method, path).map(Endpoint::name);
    assert_eq!(name("GET", "/units"), Some("units"));
    assert_eq!(name("HEAD", "/units"), Some("units"));
    assert_eq!(name("DELETE", "/units/7"), Some("remove_unit"));
    assert_eq!(name("DELETE", "/units/"), None);
    assert_eq!(name("GET", "/units/7"), None);
    assert_eq!(name("get", "/units"), None);
    assert_eq!(name("GET", ""), None);
}

#[test]
fn available_to_lists_allowed_and_public_endpoints() {
    assert_eq!(names(Api::available_to(Tier::Free)), ["units", "health"]);
    assert_eq!(Api::available_to(Tier::Plus).count(), 4);
    assert_eq!(Api::available_to(Tier::Pro).count(), 5);
}

#[test]
fn markdown_has_one_row_per_endpoint() {
    let table = Api::markdown();
    let rows: Vec<&str> = table.lines().collect();
    assert_eq!(rows.len(), 2 + Api::endpoints().len());
    for row in &rows {
        let escaped = row.replace("\\|", "");
        assert_eq!(escaped.matches('|').count(), 5, "{row}");
        assert!(!row.contains('<'), "{row}");
    }
    assert_eq!(
        rows[4],
        "| GET | `/health` | Public: health checks have no account |  |"
    );
    // A link in the documentation is reduced to its text.
    assert!(rows[3].contains("\\`code\\` link "), "{}", rows[3]);
}

#[test]
fn json_round_trips() {
    let document: Value = serde_json::from_str(&Api::json()).unwrap();
    assert_eq!(document["version"], 2);
    assert_eq!(document["tiers"][2]["name"], "Pro | One");
    let rows = document["endpoints"].as_array().unwrap();
    assert_eq!(rows.len(), 5);
    for (row, endpoint) in rows.iter().zip(Api::endpoints()) {
        assert_eq!(row["name"], endpoint.name());
        assert_eq!(row["path"].as_str(), endpoint.path());
        assert_eq!(row["required_tier"].as_str(), endpoint.required_tier());
        let summary = endpoint.summary();
        assert_eq!(
            row["summary"],
            summary.replace("[link](http://a.example)", "link")
        );
    }
    assert!(Api::endpoints()[1].summary().contains("[link]("));
}

#[test]
fn a_complete_catalogue_is_clean() {
    Api::audit().assert_clean();
    assert_eq!(Api::audit().to_string(), "no findings");
}

#[test]
fn tiers_serialize_and_deserialize() {
    assert_eq!(serde_json::to_value(Tier::Pro).unwrap(), "Pro | One");
    assert_eq!(serde_json::from_str::<Tier>("6").unwrap(), Tier::Pro);
}
