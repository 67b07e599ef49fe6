//! Merges a catalogue into an existing document.

use crate::export::openapi::Export;
use crate::export::openapi::document::{Document, METHODS, MergeError};
use crate::export::openapi::operation::describe;
use crate::export::openapi::place::{ANY, Key, LIKENESS, Place};
use crate::export::openapi::refusals::Refusals;
use crate::export::openapi::report::{Merged, Missing, Unlisted};
use crate::snapshot::rows::EndpointRow;
use serde_json::Value;
use std::collections::HashMap;

impl Export<'_> {
    /// Writes the catalogue into an OpenAPI 3 document in JSON. Any library may have generated the
    /// document.
    ///
    /// Endpoints match operations by method and path. Parameter names don't matter. Each operation
    /// describes one endpoint. If several endpoints match (OpenAPI can't distinguish `/files/{name}`
    /// from `/files/{*rest}`), the merge prefers an endpoint with an identical path, then the first one
    /// with the same kinds of parameters, then the first one. [`Merged::missing`] reports the others.
    ///
    /// A path item that references another one in the document is replaced with a copy. References to
    /// other files are not followed.
    ///
    /// # Errors
    /// Returns a [`MergeError`] if this is not an OpenAPI 3 document. The document is then unchanged.
    ///
    /// ```
    /// use serde_json::json;
    /// use tiergate::{Snapshot, openapi::Export};
    ///
    /// let snapshot = Snapshot::from_lock("version 1\ntier 0 Free\ngate /units GET Free units\n")?;
    /// // With aide, `serde_json::to_value(&api)?`; with poem-openapi, a parsed `service.spec()`.
    /// let mut document = json!({
    ///     "openapi": "3.0.3",
    ///     "info": { "title": "Units", "version": "1" },
    ///     "paths": { "/units": { "get": { "responses": {} } } },
    /// });
    /// let merged = Export::new(&snapshot).merge_json(&mut document)?;
    /// assert!(merged.is_complete(), "{merged}");
    /// assert_eq!(document["paths"]["/units"]["get"]["x-required-tier"], "Free");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn merge_json(&self, document: &mut Value) -> Result<Merged, MergeError> {
        let mut checked = Document::new(document.clone())?;
        let merged = self.merge_checked(&mut checked);
        *document = checked.into_value();
        Ok(merged)
    }

    fn merge_checked(&self, document: &mut Document) -> Merged {
        let Some(components) = document.components() else {
            return self.merge_of_nothing();
        };
        let refusals = Refusals::add(self.replaced.as_ref(), components);
        let all: Vec<(Place, &str)> = document
            .operations()
            .into_iter()
            .map(|(path, method)| (Place::new(&method.to_uppercase(), &path), method))
            .collect();
        let mut places: HashMap<Key, Vec<&Place>> = HashMap::new();
        for (place, _) in &all {
            places.entry(place.key()).or_default().push(place);
        }
        let rows = self.snapshot.endpoints();
        let own: Vec<Option<Place>> = rows.iter().map(|row| self.place(row)).collect();
        let sharing = |own: &Place| places.get(&own.key()).into_iter().flatten().copied();

        let mut taken: HashMap<&Place, &EndpointRow> = HashMap::new();
        let mut described = vec![false; rows.len()];
        for is_like in LIKENESS {
            for ((row, own), is_described) in rows.iter().zip(&own).zip(&mut described) {
                let Some(own) = own.as_ref().filter(|_| !*is_described) else {
                    continue;
                };
                let free = sharing(own)
                    .find(|place| !taken.contains_key(place) && is_like(&own.path, &place.path));
                if let Some(place) = free {
                    taken.insert(place, row);
                    *is_described = true;
                }
            }
        }

        // An `any` endpoint describes all operations of its path that no other endpoint matches.
        for ((row, own), is_described) in rows.iter().zip(&own).zip(&mut described) {
            let own = own.as_ref().filter(|own| own.method == ANY);
            let of_method =
                |method: &str| own.map(|own| Place::new(&method.to_uppercase(), &own.path));
            for place in METHODS.into_iter().filter_map(of_method) {
                for place in places.get(&place.key()).into_iter().flatten().copied() {
                    if !taken.contains_key(place) {
                        taken.insert(place, row);
                        *is_described = true;
                    }
                }
            }
        }

        let mut merged = Merged::default();
        for ((row, own), _) in rows.iter().zip(&own).zip(described).filter(|(_, is)| !is) {
            let other = own.as_ref().and_then(|own| sharing(own).next());
            merged.missing.push(Missing {
                endpoint: row.clone(),
                described: other.and_then(|place| taken.get(place).copied().cloned()),
            });
        }
        for (place, method) in &all {
            match (taken.get(place), document.operation(&place.path, method)) {
                (Some(row), Some(operation)) => describe(row, operation, &refusals),
                _ => merged.unlisted.push(Unlisted {
                    method: place.method.clone(),
                    path: place.path.clone(),
                }),
            }
        }
        merged
    }

    /// Reports every endpoint as missing.
    pub(super) fn merge_of_nothing(&self) -> Merged {
        let missing = self.snapshot.endpoints().iter().map(|row| Missing {
            endpoint: row.clone(),
            described: None,
        });
        Merged {
            missing: missing.collect(),
            unlisted: Vec::new(),
        }
    }
}
