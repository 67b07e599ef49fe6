//! The fields of a record in a request, and the record that the request changes.

use crate::error::CadError;
use crate::lenient::{self, Whole};
use crate::object::Object;
use crate::sections::{Sections, WholeRecord};
use crate::store::{Change, Key, RecordKind, TemplateId};
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
    record: WholeRecord,
    first: Option<String>,
    last: Option<String>,
}

impl Content {
    /// Returns the template of a whole record.
    pub(super) fn template(&self) -> Option<TemplateId> {
        self.record.kind
    }

    /// Returns all fields.
    pub(super) fn fields(self) -> Object {
        let Sections(record) = self.record.sections;
        let (mut fields, replacements) = if self.use_dictionary {
            (record, self.replace_values)
        } else {
            (self.replace_values, record)
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

/// Parses `record`, which is a whole record, an object with its fields, or `null`.
fn record<'de, D: Deserializer<'de>>(deserializer: D) -> Result<WholeRecord, D::Error> {
    let mut record = lenient::object(deserializer)?;
    let sections = match record.get_mut("sections") {
        Some(sections @ Value::Array(_)) => sections.take(),
        _ => {
            return Ok(WholeRecord {
                sections: Sections(record),
                ..WholeRecord::default()
            });
        }
    };
    let number = |name: &str| {
        let value = record.get(name)?;
        Whole::deserialize(value).ok().map(|Whole(number)| number)
    };
    // Clients may fill in a whole record incompletely, so an invalid number or template doesn't count.
    Ok(WholeRecord {
        id: number("id"),
        kind: number("type").and_then(|kind| kind.try_into().ok()),
        sections: Sections::deserialize(sections).map_err(serde::de::Error::custom)?,
    })
}

/// The record that a request changes. A whole record contains its own number and template.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Edit {
    user: Option<String>,
    record_id: Option<i64>,
    template_id: Option<TemplateId>,
    record_type_id: Option<TemplateId>,
}

impl Edit {
    /// Returns the change.
    ///
    /// # Errors
    /// Returns 400 if no field contains the number of the record.
    pub(super) fn change(self, content: Content, kind: RecordKind) -> Result<Change, CadError> {
        let id = self.record_id.or(content.record.id);
        Ok(Change {
            id: id.ok_or_else(|| CadError::bad("data[0].recordId: missing field"))?,
            owner: self.user.map(Key::User),
            template: (self.template_id)
                .or(self.record_type_id)
                .or(content.record.kind),
            fields: content.fields(),
            kind,
        })
    }
}
