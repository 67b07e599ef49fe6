//! The names of a catalogue's modules in exported documents.

use crate::snapshot::rows::EndpointRow;
use crate::snapshot::text::shown;

/// The modules of a catalogue. Their names omit the leading segments that all module paths share.
pub(crate) struct Modules {
    common: usize,
}

impl Modules {
    pub(crate) fn of(endpoints: &[EndpointRow]) -> Self {
        let mut common: Option<Vec<&str>> = None;
        for endpoint in endpoints {
            let own = endpoint.module().split("::");
            common = Some(match common {
                None => own.collect(),
                Some(common) => {
                    let pairs = common.into_iter().zip(own);
                    let same = pairs.take_while(|(one, other)| one == other);
                    same.map(|(one, _)| one).collect()
                }
            });
        }
        Self {
            common: common.map_or(0, |common| common.len()),
        }
    }

    /// Returns the name of an endpoint's module, such as `emergency` for `cad::emergency`.
    pub(crate) fn name(&self, endpoint: &EndpointRow) -> String {
        let segments: Vec<&str> = endpoint.module().split("::").collect();
        let own = segments.get(self.common..).unwrap_or_default();
        let name = match (own, segments.last()) {
            ([], Some(last)) => shown(last),
            (own, _) => shown(&own.join("::")),
        };
        if name.trim().is_empty() {
            "Endpoints".to_owned()
        } else {
            name
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Modules;
    use crate::snapshot::Snapshot;

    fn names(modules: &[&str]) -> Vec<String> {
        let row = "version 1\ntier 0 Free\ngate /a GET Free a\n";
        let mut snapshot = Snapshot::from_lock(row).unwrap();
        let row = snapshot.endpoints.remove(0);
        let rows: Vec<_> = modules
            .iter()
            .map(|module| {
                let mut row = row.clone();
                row.module = (*module).to_owned();
                row
            })
            .collect();
        let modules = Modules::of(&rows);
        rows.iter().map(|row| modules.name(row)).collect()
    }

    #[test]
    fn names_omit_the_common_segments() {
        assert_eq!(names(&["cad::a", "cad::b"]), ["a", "b"]);
        assert_eq!(names(&["cad::v1::a", "cad::v2::a"]), ["v1::a", "v2::a"]);
        assert_eq!(names(&["cad", "cad::a"]), ["cad", "a"]);
        assert_eq!(names(&["quickstart"]), ["quickstart"]);
        assert_eq!(names(&[""]), ["Endpoints"]);
    }
}
