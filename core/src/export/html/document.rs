//! The contents of the page, for its template.

use crate::export::html::ids::Ids;
use crate::export::module_names::Modules;
use crate::snapshot::Snapshot;
use crate::snapshot::rows::EndpointRow;
use crate::snapshot::text::shown;
use askama::Template;
use std::collections::HashMap;

pub(super) const STYLE: &str = include_str!("style.css");
pub(super) const SCRIPT: &str = include_str!("script.js");

#[derive(Template)]
#[template(path = "page.html")]
pub(super) struct Document<'a> {
    pub(super) title: String,
    pub(super) policy: &'static str,
    pub(super) style: &'static str,
    pub(super) theme: Option<&'a str>,
    pub(super) script: &'static str,
    pub(super) total: usize,
    pub(super) tiers: Vec<String>,
    pub(super) groups: Vec<Group>,
}

pub(super) struct Group {
    id: String,
    pub(super) name: String,
    pub(super) rows: Vec<Row>,
}

pub(super) struct Row {
    id: String,
    method: String,
    path: String,
    is_deprecated: bool,
    summary: String,
    reason: Option<String>,
    tier: String,
    /// The index of the lowest allowed tier, or the number of tiers if none is allowed.
    from: usize,
    /// Whether each tier may call the endpoint, lowest tier first.
    cells: Vec<bool>,
}

/// The most rows in one group. A browser can lay out this many at once without a visible delay.
const ROWS_OF_A_GROUP: usize = 250;

/// Groups the endpoints by module, in the order of each module's first endpoint. Splits large modules
/// into several groups.
pub(super) fn groups(snapshot: &Snapshot) -> Vec<Group> {
    let mut ids = Ids::default();
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut named: Vec<(String, Vec<Row>)> = Vec::new();
    let modules = Modules::of(snapshot.endpoints());
    for endpoint in snapshot.endpoints() {
        let place = *places.entry(endpoint.module()).or_insert_with(|| {
            named.push((modules.name(endpoint), Vec::new()));
            named.len() - 1
        });
        named[place].1.push(row(snapshot, endpoint, &mut ids));
    }
    let mut groups = Vec::new();
    for (name, mut rows) in named {
        let mut part = 1;
        while !rows.is_empty() {
            let rest = rows.split_off(rows.len().min(ROWS_OF_A_GROUP));
            let name = match part {
                1 => name.clone(),
                part => format!("{name} ({part})"),
            };
            groups.push(Group {
                id: ids.unique(&format!("module {name}")),
                name,
                rows,
            });
            (rows, part) = (rest, part + 1);
        }
    }
    groups
}

fn row(snapshot: &Snapshot, endpoint: &EndpointRow, ids: &mut Ids) -> Row {
    let may_call = |rank: u32| {
        endpoint
            .required_rank()
            .is_none_or(|required| rank >= required)
    };
    let cells: Vec<bool> = snapshot
        .tiers()
        .iter()
        .map(|tier| may_call(tier.rank()))
        .collect();
    let path = endpoint.path().unwrap_or(endpoint.name());
    let method = endpoint.method().unwrap_or_default();
    Row {
        id: ids.unique(&format!(
            "{} {path}",
            endpoint.method().unwrap_or("endpoint")
        )),
        method: shown(method),
        path: shown(path),
        is_deprecated: endpoint.is_deprecated(),
        summary: shown(endpoint.summary()),
        reason: endpoint.public_reason().map(shown),
        tier: endpoint
            .required_tier()
            .map_or_else(|| "Public".to_owned(), shown),
        from: cells.iter().position(|can| *can).unwrap_or(cells.len()),
        cells,
    }
}

#[cfg(test)]
mod tests {
    use super::groups;
    use crate::snapshot::Snapshot;
    use std::fmt::Write as _;

    #[test]
    fn a_long_module_is_several_groups() {
        let mut lock = String::from("version 1\ntier 0 Free\n");
        for index in 0..501 {
            writeln!(lock, "gate /{index} GET Free a").unwrap();
        }
        let groups = groups(&Snapshot::from_lock(&lock).unwrap());
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
