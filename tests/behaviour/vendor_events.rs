//! The vendor's table of events, which `cad/events.csv` contains, in every document.

use tiergate::{Catalogue, Diff, Snapshot};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Starter,
    Standard,
    Plus,
    Pro,
    One,
}

/// Everything that the vendor's server sends, without the data.
#[derive(tiergate::Event)]
#[event(Plus)]
#[allow(dead_code)]
enum Sent {
    #[event(Pro, name = "EVENT_RECORD_ADD")]
    RecordAdd,
    #[event(Pro, name = "EVENT_RECORD_EDIT")]
    RecordEdit,
    #[event(Pro, name = "EVENT_RECORD_REMOVE")]
    RecordRemove,
    #[event(name = "EVENT_UNIT_PANIC")]
    UnitPanic,
    #[event(name = "EVENT_UNIT_LOGIN")]
    UnitLogin,
    #[event(name = "EVENT_UNIT_LOGOUT")]
    UnitLogout,
    #[event(name = "EVENT_UNIT_STATUS")]
    UnitStatus,
    #[event(name = "EVENT_UNIT_GROUP_CHANGE_NAME")]
    UnitGroupChangeName,
    #[event(name = "EVENT_UNIT_GROUP_ADD")]
    UnitGroupAdd,
    #[event(name = "EVENT_UNIT_GROUP_REMOVE")]
    UnitGroupRemove,
    #[event(name = "EVENT_DISPATCH_NEW")]
    DispatchNew,
    #[event(name = "EVENT_DISPATCH_EDIT")]
    DispatchEdit,
    #[event(name = "EVENT_DISPATCH_CLOSED")]
    DispatchClosed,
    #[event(name = "EVENT_DISPATCH_NOTE")]
    DispatchNote,
    #[event(name = "EVENT_DISPATCH_UNIT_ATTACH")]
    DispatchUnitAttach,
    #[event(name = "EVENT_DISPATCH_UNIT_DETACH")]
    DispatchUnitDetach,
    #[event(Pro, name = "TOGGLE_BODYCAM")]
    ToggleBodycam,
    #[event(name = "EVENT_911")]
    Emergency,
    #[event(name = "EVENT_REMOVE_911")]
    RemoveEmergency,
    #[event(Pro, name = "EVENT_STREETSIGN_UPDATED")]
    StreetsignUpdated,
    #[event(Pro, name = "EVENT_TONE")]
    Tone,
    #[event(Pro, name = "EVENT_CHAR_SELECTED")]
    CharSelected,
    #[event(Pro, name = "EVENT_NEW_CALLOUT")]
    NewCallout,
    #[event(name = "EVENT_STATION_ALERT")]
    StationAlert,
}

#[derive(Catalogue)]
#[catalogue(tier = Tier, events(Sent))]
struct Api;

/// Returns the names and the minimum tiers in the vendor's table.
fn table() -> Vec<(String, String)> {
    let lines = include_str!("cad/events.csv").lines().skip(1);
    lines.map(|line| two_of(line.split(','))).collect()
}

fn two_of<'a>(mut cells: impl Iterator<Item = &'a str>) -> (String, String) {
    let mut next = || cells.next().expect("a cell").to_owned();
    (next(), next())
}

#[test]
fn every_document_contains_the_table() {
    let table = table();
    let count = |tier: &str| table.iter().filter(|(_, of)| of == tier).count();
    assert_eq!((table.len(), count("Plus"), count("Pro")), (24, 16, 8));

    let snapshot = Snapshot::of::<Api>();
    let rows = snapshot.events().iter();
    let rows = rows.map(|row| two_of([row.name(), row.required_tier().unwrap()].into_iter()));
    assert_eq!(rows.collect::<Vec<_>>(), table);

    let markdown = Api::markdown();
    let rows = markdown.lines().skip(2).map(|line| {
        let cells = line.split('|').skip(1);
        two_of(cells.map(|cell| cell.trim().trim_matches('`')))
    });
    assert_eq!(rows.collect::<Vec<_>>(), table);

    let csv = Api::events_csv();
    let rows = csv.lines().skip(1).map(|line| two_of(line.split(',')));
    assert_eq!(rows.collect::<Vec<_>>(), table);

    let json: serde_json::Value = serde_json::from_str(&Api::json()).unwrap();
    let rows = json["events"].as_array().unwrap().iter();
    let rows = rows.map(|event| {
        let texts = ["name", "required_tier"].map(|key| event[key].as_str().unwrap());
        two_of(texts.into_iter())
    });
    assert_eq!(rows.collect::<Vec<_>>(), table);

    let (typescript, page) = (Api::typescript(), Api::html());
    let openapi = Api::openapi().webhooks.unwrap().paths;
    assert_eq!(openapi.len(), 24);
    for (name, tier) in &table {
        let line = format!("  readonly \"{name}\": GatedEvent<\"{tier}\", \"{name}\", null>;\n");
        assert!(typescript.contains(&line), "{line}");
        let row = page
            .split("<tr ")
            .find(|row| row.contains(&format!(">{name}</a>")));
        let cell = format!("<td role=\"cell\" class=\"tier\">{tier}</td>");
        assert!(row.unwrap().contains(&cell), "{name}");
        let operation = openapi[name].post.as_ref().unwrap();
        let description = format!("Requires the tier `{tier}`.");
        assert_eq!(operation.description.as_deref(), Some(description.as_str()));
    }
    assert!(
        page.contains(
            "24 events, with the lowest subscription tier that may receive each of them."
        )
    );
    assert!(
        !page.contains("name=\"show\""),
        "there are no endpoints to choose"
    );

    let lock = Snapshot::from_lock(&snapshot.to_lock()).unwrap();
    assert!(Diff::between(&snapshot, &lock).is_empty());
    Api::audit().assert_clean();
}
