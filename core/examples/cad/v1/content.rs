//! The fields of a record in a request.

use crate::json::Object;
use crate::lenient;
use crate::sections::Sections;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// The fields of a record.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Content {
    /// Whether a field of `replaceValues` replaces the same field of `record`, or the other way round.
    #[serde(default)]
    use_dictionary: bool,
    #[serde(default, deserialize_with = "lenient::object")]
    replace_values: Object,
    #[serde(default, deserialize_with = "record")]
    record: Object,
    first: Option<String>,
    last: Option<String>,
}

impl Content {
    /// Returns all fields.
    pub(super) fn fields(self) -> Object {
        let (mut fields, replacements) = if self.use_dictionary {
            (self.record, self.replace_values)
        } else {
            (self.replace_values, self.record)
        };
        fields.extend(replacements);
        for (name, value) in [("first", self.first), ("last", self.last)] {
            // Clients send an empty text for an unused field.
            if let Some(value) = value
                && !(value.is_empty() && fields.contains_key(name))
            {
                fields.insert(name.to_owned(), value.into());
            }
        }
        fields
    }
}

/// Parses the fields of `record`, which is a whole record, an object with its fields, or `null`.
fn record<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Object, D::Error> {
    let record = lenient::object(deserializer)?;
    match record.get("sections") {
        Some(sections @ Value::Array(_)) => match Sections::deserialize(sections) {
            Ok(Sections(fields)) => Ok(fields),
            Err(error) => Err(serde::de::Error::custom(error)),
        },
        _ => Ok(record),
    }
}
