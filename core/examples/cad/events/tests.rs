//! Tests that the events are those of the vendor's table.

use super::AnyEvent;
use crate::outbox::endpoints::Events;
use crate::{Api, Tier};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use tiergate::{Caller, Catalogue, Overrides};

/// The vendor's table of all events.
const TABLE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../tests/behaviour/cad/events.csv"
);

/// A row of the table.
pub(crate) struct Row {
    pub(crate) tier: String,
    /// The names of the fields. Each has one or more spellings.
    fields: Vec<Vec<String>>,
}

/// Returns the table, by the names of the events.
pub(crate) fn table() -> BTreeMap<String, Row> {
    let table = fs::read_to_string(TABLE).expect("the table");
    let rows = table.lines().skip(1).map(|line| {
        let columns: Vec<_> = line.split(',').collect();
        let [name, tier, fields] = columns[..] else {
            panic!("{line}");
        };
        let fields = fields.split(';').filter(|field| !field.is_empty());
        let row = Row {
            tier: tier.to_owned(),
            fields: fields
                .map(|field| field.split('|').map(str::to_owned).collect())
                .collect(),
        };
        (name.to_owned(), row)
    });
    rows.collect()
}

impl Row {
    /// Checks that data has exactly these fields.
    pub(crate) fn assert_fits(&self, name: &str, data: &Value) {
        let data = data.as_object().expect("an object");
        assert_eq!(data.len(), self.fields.len(), "{name}: {data:?}");
        for spellings in &self.fields {
            let is_known = spellings.iter().any(|field| data.contains_key(field));
            assert!(is_known, "{name}: {data:?}");
        }
    }
}

#[test]
fn names_and_tiers_are_as_published() {
    let published: BTreeMap<_, _> = table()
        .into_iter()
        .map(|(name, row)| (name, row.tier))
        .collect();
    assert_eq!(published.len(), 24);
    for events in [Api::EVENTS, Events::EVENTS] {
        let declared: BTreeMap<_, _> = events
            .iter()
            .map(|event| {
                let tier = event.required_tier().expect("a tier");
                (event.name().to_owned(), tier.to_owned())
            })
            .collect();
        assert_eq!(events.len(), 24);
        assert_eq!(declared, published);
    }
}

#[test]
fn the_lowest_tier_with_an_event_may_connect() {
    let rank = |tier: Option<&str>| {
        let tier = tier.expect("a tier").parse::<Tier>();
        tier.expect("a known tier") as u8
    };
    let tiers = Api::EVENTS.iter().map(|event| rank(event.required_tier()));
    let endpoint = Api::find("GET", "/events").expect("an endpoint");
    assert_eq!(Some(rank(endpoint.required_tier())), tiers.min());
}

#[test]
fn every_event_is_restored_and_checked() {
    let overrides = Overrides::of::<Api>();
    for (name, row) in table() {
        let data: serde_json::Map<_, _> = row
            .fields
            .iter()
            .map(|spellings| {
                let field = spellings.last().expect("a name").clone();
                let value = match field.as_str() {
                    "isPanic" | "isDispatch" | "selfDispatch" => json!(true),
                    "identIds" | "idents" | "callIds" | "apiIds" => json!([]),
                    "identId" | "status" | "callId" | "id" => json!(1),
                    "accId" => json!("a"),
                    "eventOriginIdent" | "communityUserId" => Value::Null,
                    _ => json!({}),
                };
                (field, value)
            })
            .collect();
        let event = json!({ "type": name, "data": data });
        let restored = || serde_json::from_value::<AnyEvent>(event.clone()).expect(&name);
        assert_eq!(serde_json::to_value(restored()).expect("JSON"), event);

        let refused = restored().cleared(&Caller::new(Tier::Standard), &overrides);
        let refusal = refused.err().expect("a refusal");
        assert!(refusal.to_string().contains(&name), "{refusal}");
        let tier = row.tier.parse::<Tier>().expect("a tier");
        let cleared = restored().cleared(&Caller::new(tier), &overrides);
        let sent = cleared.expect("an event").with("key", "the key");
        let sent: Value = serde_json::from_str(&sent.expect("JSON")).expect("JSON");
        let expected = json!({ "key": "the key", "type": name, "data": data });
        assert_eq!(sent, expected);
    }
}
