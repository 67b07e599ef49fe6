//! Fills the template of the HTML page.

use crate::export::html::active_overrides::ActiveOverrides;
use crate::export::html::element_ids::ElementIds;
use crate::export::html::page_requirement::{MatrixCell, PageRequirement};
use crate::export::module_names::ModuleNames;
use crate::snapshot::Snapshot;
use crate::snapshot::invisible_characters::shown;
use crate::snapshot::rows::EndpointRow;
use askama::Template;
use std::collections::HashMap;

pub(super) const STYLE: &str = include_str!("style.css");
pub(super) const SCRIPT: &str = include_str!("script.js");

#[derive(Template)]
#[template(path = "page.html")]
pub(super) struct PageTemplate<'a> {
    pub(super) title: String,
    pub(super) policy: &'static str,
    pub(super) style: &'static str,
    pub(super) theme: Option<&'a str>,
    pub(super) script: &'static str,
    pub(super) introduction: String,
    /// Whether readers choose between endpoints and events.
    pub(super) has_tabs: bool,
    pub(super) has_events: bool,
    pub(super) tiers: Vec<String>,
    pub(super) add_ons: Vec<PageAddOn>,
    /// Whether any endpoint has limits besides the quota.
    pub(super) has_limits: bool,
    /// The quota of each tier. Empty if the catalogue has no quota.
    pub(super) quota: Vec<PageQuota>,
    pub(super) groups: Vec<PageGroup>,
}

/// An add-on that the page can filter by.
pub(super) struct PageAddOn {
    pub(super) key: String,
    pub(super) name: String,
}

/// A row of the table with the quota.
pub(super) struct PageQuota {
    pub(super) tier: String,
    pub(super) limits: String,
}

/// A table of endpoints or events.
pub(super) struct PageGroup {
    id: String,
    pub(super) name: String,
    are_events: bool,
    pub(super) rows: Vec<PageRow>,
}

pub(super) struct PageRow {
    id: String,
    method: String,
    path: String,
    is_deprecated: bool,
    summary: String,
    reason: Option<String>,
    requirement: PageRequirement,
}

/// The maximum number of rows in one group. A browser can lay out 250 rows at once without a visible
/// delay.
const ROWS_PER_GROUP: usize = 250;

/// Describes what the page contains.
pub(super) fn introduction(snapshot: &Snapshot) -> String {
    let count = |rows: &[EndpointRow], noun: &str| match rows.len() {
        1 => format!("1 {noun}"),
        count => format!("{count} {noun}s"),
    };
    let endpoints = count(snapshot.endpoints(), "endpoint");
    let events = count(snapshot.events(), "event");
    let (subject, verb) = match (snapshot.endpoints(), snapshot.events()) {
        (_, []) => (endpoints, "call"),
        ([], _) => (events, "receive"),
        _ => (format!("{endpoints} and {events}"), "call or receive"),
    };
    format!("{subject}, with the lowest subscription tier that may {verb} each of them.")
}

/// Groups the endpoints by module, in the order in which the modules first appear in the catalogue. The events
/// follow in a separate group. Splits a group with more than `ROWS_PER_GROUP` rows into several groups.
pub(super) fn page_groups(snapshot: &Snapshot, overrides: &ActiveOverrides) -> Vec<PageGroup> {
    let mut element_ids = ElementIds::default();
    let mut module_indices: HashMap<&str, usize> = HashMap::new();
    let mut rows_by_module: Vec<(String, Vec<PageRow>)> = Vec::new();
    let module_names = ModuleNames::of(snapshot.endpoints());
    for endpoint in snapshot.endpoints() {
        let module_index = *module_indices.entry(endpoint.module()).or_insert_with(|| {
            rows_by_module.push((module_names.name(endpoint), Vec::new()));
            rows_by_module.len() - 1
        });
        let requirement = PageRequirement::of(snapshot, endpoint, overrides.find(endpoint));
        let page_row = page_row(endpoint, requirement, &mut element_ids);
        rows_by_module[module_index].1.push(page_row);
    }
    let mut page_groups = Vec::new();
    for (module_name, rows) in rows_by_module {
        push_groups(
            &mut page_groups,
            &module_name,
            false,
            rows,
            &mut element_ids,
        );
    }
    let events = snapshot.events().iter().map(|event| {
        let requirement = PageRequirement::of(snapshot, event, overrides.find(event));
        page_row(event, requirement, &mut element_ids)
    });
    let events: Vec<PageRow> = events.collect();
    push_groups(&mut page_groups, "Events", true, events, &mut element_ids);
    page_groups
}

/// Adds a group with these rows, or several groups if there are too many rows for one.
fn push_groups(
    page_groups: &mut Vec<PageGroup>,
    name: &str,
    are_events: bool,
    mut rows: Vec<PageRow>,
    element_ids: &mut ElementIds,
) {
    let mut group_number = 1;
    while !rows.is_empty() {
        let rows_of_later_groups = rows.split_off(rows.len().min(ROWS_PER_GROUP));
        let name = match group_number {
            1 => name.to_owned(),
            group_number => format!("{name} ({group_number})"),
        };
        let id_text = if are_events {
            name.clone()
        } else {
            format!("module {name}")
        };
        page_groups.push(PageGroup {
            id: element_ids.unique(&id_text),
            name,
            are_events,
            rows,
        });
        rows = rows_of_later_groups;
        group_number += 1;
    }
}

fn page_row(
    endpoint: &EndpointRow,
    requirement: PageRequirement,
    element_ids: &mut ElementIds,
) -> PageRow {
    let path = endpoint.path().unwrap_or(endpoint.name());
    let method = endpoint.method().unwrap_or_default();
    let kind = if endpoint.is_event() {
        "event"
    } else {
        "endpoint"
    };
    PageRow {
        id: element_ids.unique(&format!("{} {path}", endpoint.method().unwrap_or(kind))),
        method: shown(method),
        path: shown(path),
        is_deprecated: endpoint.is_deprecated(),
        summary: shown(endpoint.summary()),
        reason: endpoint.public_reason().map(shown),
        requirement,
    }
}

#[cfg(test)]
mod tests {
    use super::{introduction, page_groups};
    use crate::export::html::active_overrides::ActiveOverrides;
    use crate::snapshot::Snapshot;
    use std::fmt::Write as _;

    #[test]
    fn events_are_a_group_of_their_own() {
        let lock =
            "version 4\ntier 0 Free\ngate - - Free a events\nevent E Free\nevent events Free\n";
        let snapshot = Snapshot::from_lock(lock).unwrap();
        let groups = page_groups(&snapshot, &ActiveOverrides::default());
        let ids = groups.iter().map(|group| {
            let rows = group.rows.iter().map(|row| row.id.as_str());
            (
                group.name.as_str(),
                group.id.as_str(),
                rows.collect::<Vec<_>>(),
            )
        });
        assert_eq!(
            ids.collect::<Vec<_>>(),
            [
                ("events", "module-events", vec!["endpoint-a"]),
                ("Events", "events", vec!["event-e", "event-events"]),
            ]
        );
    }

    #[test]
    fn the_introduction_counts_endpoints_and_events() {
        for (lines, expected) in [
            (
                "",
                "0 endpoints, with the lowest subscription tier that may call each of them.",
            ),
            (
                "gate /a GET Free a",
                "1 endpoint, with the lowest subscription tier that may call each of them.",
            ),
            (
                "event E Free",
                "1 event, with the lowest subscription tier that may receive each of them.",
            ),
            (
                "event E Free\nevent F Free\ngate /a GET Free a",
                "1 endpoint and 2 events, with the lowest subscription tier that may call or receive each of them.",
            ),
        ] {
            let lock = format!("version 4\ntier 0 Free\n{lines}\n");
            let snapshot = Snapshot::from_lock(&lock).unwrap();
            assert_eq!(introduction(&snapshot), expected);
        }
    }

    #[test]
    fn a_long_module_is_several_groups() {
        let mut lock = String::from("version 1\ntier 0 Free\n");
        for index in 0..501 {
            writeln!(lock, "gate /{index} GET Free a").unwrap();
        }
        let groups = page_groups(
            &Snapshot::from_lock(&lock).unwrap(),
            &ActiveOverrides::default(),
        );
        let sizes: Vec<_> = groups
            .iter()
            .map(|group| (group.name.as_str(), group.rows.len()))
            .collect();
        let expected = [
            ("Endpoints", 250),
            ("Endpoints (2)", 250),
            ("Endpoints (3)", 1),
        ];
        assert_eq!(sizes, expected);
    }
}
