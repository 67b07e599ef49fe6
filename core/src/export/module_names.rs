//! Shortens the module names in exported documents.

use crate::snapshot::invisible_characters::shown;
use crate::snapshot::rows::EndpointRow;

/// The short names of a catalogue's modules. A short name omits the leading path segments that all of the
/// catalogue's modules share.
pub(crate) struct ModuleNames {
    common_segments: usize,
}

impl ModuleNames {
    pub(crate) fn of(endpoints: &[EndpointRow]) -> Self {
        let mut common_segments: Option<Vec<&str>> = None;
        for endpoint in endpoints {
            let module_segments = endpoint.module().split("::");
            common_segments = Some(match common_segments {
                None => module_segments.collect(),
                Some(common_segments) => common_segments
                    .into_iter()
                    .zip(module_segments)
                    .take_while(|(common_segment, module_segment)| common_segment == module_segment)
                    .map(|(common_segment, _)| common_segment)
                    .collect(),
            });
        }
        Self {
            common_segments: common_segments.map_or(0, |common_segments| common_segments.len()),
        }
    }

    /// Returns the name of an endpoint's module, such as `emergency` for `cad::emergency`.
    pub(crate) fn name(&self, endpoint: &EndpointRow) -> String {
        let module_segments: Vec<&str> = endpoint.module().split("::").collect();
        let own_segments = module_segments.get(self.common_segments..);
        let module_name = match (own_segments.unwrap_or_default(), module_segments.last()) {
            ([], Some(last_segment)) => shown(last_segment),
            (own_segments, _) => shown(&own_segments.join("::")),
        };
        if module_name.trim().is_empty() {
            "Endpoints".to_owned()
        } else {
            module_name
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ModuleNames;
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
        let modules = ModuleNames::of(&rows);
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
