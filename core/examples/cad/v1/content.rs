//! The fields of a record in a request.

use crate::json::Object;
use serde::Deserialize;

/// The fields of a record.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Content {
    /// Whether to read the fields from `replaceValues` instead of `record`.
    #[serde(default)]
    use_dictionary: bool,
    #[serde(default)]
    replace_values: Object,
    #[serde(default)]
    record: Object,
    first: Option<String>,
    last: Option<String>,
}

impl Content {
    /// Returns all fields.
    pub(super) fn fields(self) -> Object {
        let mut fields = if self.use_dictionary {
            self.replace_values
        } else {
            self.record
        };
        for (name, value) in [("first", self.first), ("last", self.last)] {
            if let Some(value) = value {
                fields.insert(name.to_owned(), value.into());
            }
        }
        fields
    }
}
