//! Whole records in requests, in the format of answers: sections of fields.

use crate::json::Object;
use crate::store::TemplateId;
use serde::Deserialize;
use serde_json::Value;

/// A whole record.
#[derive(Deserialize)]
pub(crate) struct WholeRecord {
    #[serde(rename = "type")]
    pub(crate) kind: Option<TemplateId>,
    #[serde(default)]
    pub(crate) sections: Vec<Section>,
}

#[derive(Deserialize)]
pub(crate) struct Section {
    #[serde(default)]
    fields: Vec<Field>,
}

#[derive(Deserialize)]
struct Field {
    uid: String,
    value: Value,
}

/// Returns the fields of all sections.
pub(crate) fn fields(sections: Vec<Section>) -> Object {
    let fields = sections.into_iter().flat_map(|section| section.fields);
    fields.map(|field| (field.uid, field.value)).collect()
}
