//! Matches the endpoints of two snapshots.

use crate::route::template::nameless;
use crate::snapshot::rows::EndpointRow;
use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

/// Identifies an endpoint across snapshots.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    /// The method, and the path without the names of its parameters.
    Route(String, String),
    /// The module and the name of an endpoint without a route.
    Name(String, String),
}

pub(crate) fn key(row: &EndpointRow) -> Key {
    match &row.route {
        Some((method, path)) => Key::Route(method.clone(), nameless(path)),
        None => Key::Name(row.module.clone(), row.name.clone()),
    }
}

pub(super) type Pairs<'a> = Vec<(&'a EndpointRow, &'a EndpointRow)>;

/// Matches the endpoints of `old` and `new`. Returns the pairs, the removed and the added endpoints.
pub(super) fn pairs<'a>(
    old: &'a [EndpointRow],
    new: &'a [EndpointRow],
) -> (Pairs<'a>, Vec<&'a EndpointRow>, Vec<&'a EndpointRow>) {
    let mut pairs = Vec::new();
    let mut known: HashMap<Key, VecDeque<usize>> = HashMap::new();
    for (index, row) in old.iter().enumerate() {
        known.entry(key(row)).or_default().push_back(index);
    }
    let mut is_paired = vec![false; old.len()];
    let mut added: Vec<&EndpointRow> = Vec::new();
    for row in new {
        match known.get_mut(&key(row)).and_then(VecDeque::pop_front) {
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

    // Modules distinguish endpoints with the same name, if both snapshots contain the modules.
    let of_module = |row: &'a EndpointRow| {
        let module = row.module.as_str();
        (!module.is_empty()).then_some((module, row.name.as_str()))
    };
    pair_by(of_module, &mut pairs, &mut removed, &mut added);
    let named = |row: &'a EndpointRow| Some(row.name.as_str());
    pair_by(named, &mut pairs, &mut removed, &mut added);
    (pairs, removed, added)
}

/// Pairs the removed and the added endpoint of each name that occurs exactly once in both lists.
fn pair_by<'a, N: Eq + Hash>(
    name: impl Fn(&'a EndpointRow) -> Option<N>,
    pairs: &mut Pairs<'a>,
    removed: &mut Vec<&'a EndpointRow>,
    added: &mut Vec<&'a EndpointRow>,
) {
    let named = |rows: &[&'a EndpointRow]| {
        let mut names: HashMap<N, Vec<&'a EndpointRow>> = HashMap::new();
        for row in rows {
            if let Some(name) = name(row) {
                names.entry(name).or_default().push(row);
            }
        }
        names
    };
    let (gone, come) = (named(removed), named(added));
    let moved = |row: &'a EndpointRow| {
        let name = name(row)?;
        match (gone.get(&name)?.as_slice(), come.get(&name)?.as_slice()) {
            (&[old], &[new]) => Some((old, new)),
            _ => None,
        }
    };
    pairs.extend(removed.iter().filter_map(|row| moved(row)));
    removed.retain(|row| moved(row).is_none());
    added.retain(|row| moved(row).is_none());
}
