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
    pub(super) total: usize,
    pub(super) tiers: Vec<String>,
    pub(super) add_ons: Vec<PageAddOn>,
    /// Whether an endpoint has limits of its own.
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

pub(super) struct PageGroup {
    id: String,
    pub(super) name: String,
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

/// Groups the endpoints by module, in the order in which the modules first appear in the catalogue.
/// Splits a module with more than `ROWS_PER_GROUP` endpoints into several groups.
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
    for (module_name, mut rows) in rows_by_module {
        let mut group_number = 1;
        while !rows.is_empty() {
            let rows_of_later_groups = rows.split_off(rows.len().min(ROWS_PER_GROUP));
            let name = match group_number {
                1 => module_name.clone(),
                group_number => format!("{module_name} ({group_number})"),
            };
            page_groups.push(PageGroup {
                id: element_ids.unique(&format!("module {name}")),
                name,
                rows,
            });
            rows = rows_of_later_groups;
            group_number += 1;
        }
    }
    page_groups
}

fn page_row(
    endpoint: &EndpointRow,
    requirement: PageRequirement,
    element_ids: &mut ElementIds,
) -> PageRow {
    let path = endpoint.path().unwrap_or(endpoint.name());
    let method = endpoint.method().unwrap_or_default();
    PageRow {
        id: element_ids.unique(&format!(
            "{} {path}",
            endpoint.method().unwrap_or("endpoint")
        )),
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
    use super::page_groups;
    use crate::export::html::active_overrides::ActiveOverrides;
    use crate::snapshot::Snapshot;
    use std::fmt::Write as _;

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
