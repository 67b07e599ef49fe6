//! Whole records in requests, in the format of answers: sections of fields.

use crate::object::Object;
use crate::store::TemplateId;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

/// A whole record.
#[derive(Default, Deserialize, JsonSchema)]
pub(crate) struct WholeRecord {
    pub(crate) id: Option<i64>,
    #[serde(rename = "type")]
    pub(crate) kind: Option<TemplateId>,
    #[serde(default)]
    pub(crate) sections: Sections,
}

/// The fields of all sections.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(try_from = "Vec<Section>")]
pub(crate) struct Sections(pub(crate) Object);

#[derive(Deserialize, JsonSchema)]
struct Section {
    #[serde(default)]
    fields: Vec<Field>,
}

#[derive(Deserialize, JsonSchema)]
struct Field {
    uid: String,
    value: Value,
}

impl TryFrom<Vec<Section>> for Sections {
    type Error = String;

    fn try_from(sections: Vec<Section>) -> Result<Self, String> {
        let mut fields = Object::new();
        for Field { uid, value } in sections.into_iter().flat_map(|section| section.fields) {
            if fields.contains_key(&uid) {
                return Err(format!("the field {uid:?} is given twice"));
            }
            fields.insert(uid, value);
        }
        Ok(Self(fields))
    }
}
