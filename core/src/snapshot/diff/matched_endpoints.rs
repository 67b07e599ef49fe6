//! Matches each endpoint or event in one snapshot with the same endpoint or event in another snapshot.

use crate::route::template_segments::nameless;
use crate::snapshot::rows::EndpointRow;
use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

/// Identifies an endpoint or an event across snapshots.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    /// The HTTP method, and the path without parameter names.
    Route(String, String),
    /// The module and the name of an endpoint without a route.
    Name(String, String),
    /// The name of an event. Receivers distinguish events by this name, wherever the server defines them.
    Event(String),
}

pub(crate) fn key(row: &EndpointRow) -> Key {
    match &row.route {
        _ if row.is_event => Key::Event(row.name.clone()),
        Some((method, path)) => Key::Route(method.clone(), nameless(path)),
        None => Key::Name(row.module.clone(), row.name.clone()),
    }
}

pub(super) type EndpointPairs<'a> = Vec<(&'a EndpointRow, &'a EndpointRow)>;

/// Matches the endpoints in `old` with the endpoints in `new`. Returns the pairs of matched endpoints,
/// the removed endpoints and the added endpoints. Events are matched in the same way.
pub(super) fn match_endpoints<'a>(
    old: &'a [EndpointRow],
    new: &'a [EndpointRow],
) -> (
    EndpointPairs<'a>,
    Vec<&'a EndpointRow>,
    Vec<&'a EndpointRow>,
) {
    let mut pairs = Vec::new();
    let mut old_indices: HashMap<Key, VecDeque<usize>> = HashMap::new();
    for (index, row) in old.iter().enumerate() {
        old_indices.entry(key(row)).or_default().push_back(index);
    }
    let mut is_paired = vec![false; old.len()];
    let mut added: Vec<&EndpointRow> = Vec::new();
    for row in new {
        match old_indices.get_mut(&key(row)).and_then(VecDeque::pop_front) {
            Some(index) => {
                is_paired[index] = true;
                pairs.push((&old[index], row));
            }
            None => added.push(row),
        }
    }
    let mut removed: Vec<&EndpointRow> = old
        .iter()
        .zip(is_paired)
        .filter_map(|(row, is_paired)| (!is_paired).then_some(row))
        .collect();

    // Receivers don't know the new name of an event, so a renamed event is a removed and an added event. The
    // keys of events are their names, so the steps below never pair events.
    //
    // If both snapshots contain the modules of their endpoints, endpoints with the same name are
    // distinguished by module.
    let module_and_name = |row: &'a EndpointRow| {
        let module = row.module.as_str();
        (!module.is_empty()).then_some((module, row.name.as_str()))
    };
    pair_by(module_and_name, &mut pairs, &mut removed, &mut added);
    let name = |row: &'a EndpointRow| Some(row.name.as_str());
    pair_by(name, &mut pairs, &mut removed, &mut added);
    (pairs, removed, added)
}

/// Pairs a removed endpoint with an added endpoint of the same name, if the name occurs exactly once in
/// `removed` and exactly once in `added`.
fn pair_by<'a, N: Eq + Hash>(
    name: impl Fn(&'a EndpointRow) -> Option<N>,
    pairs: &mut EndpointPairs<'a>,
    removed: &mut Vec<&'a EndpointRow>,
    added: &mut Vec<&'a EndpointRow>,
) {
    let rows_by_name = |rows: &[&'a EndpointRow]| {
        let mut rows_by_name: HashMap<N, Vec<&'a EndpointRow>> = HashMap::new();
        for row in rows {
            if let Some(name) = name(row) {
                rows_by_name.entry(name).or_default().push(row);
            }
        }
        rows_by_name
    };
    let (removed_by_name, added_by_name) = (rows_by_name(removed), rows_by_name(added));
    let moved_pair = |row: &'a EndpointRow| {
        let name = name(row)?;
        match (
            removed_by_name.get(&name)?.as_slice(),
            added_by_name.get(&name)?.as_slice(),
        ) {
            (&[old], &[new]) => Some((old, new)),
            _ => None,
        }
    };
    pairs.extend(removed.iter().filter_map(|row| moved_pair(row)));
    removed.retain(|row| moved_pair(row).is_none());
    added.retain(|row| moved_pair(row).is_none());
}
