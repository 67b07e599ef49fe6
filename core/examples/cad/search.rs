//! Searches for records, in the form in which both versions of the API accept them.

use crate::lenient::{Text, Whole};
use crate::store::{Key, Lookup};
use schemars::JsonSchema;
use serde::Deserialize;
use tiergate::source::ApiKey;

/// A search by name or plate. The other fields narrow it down.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct NameOrPlate {
    first: Option<String>,
    last: Option<String>,
    mi: Option<String>,
    plate: Option<String>,
    agency: Option<String>,
    department: Option<String>,
    subdivision: Option<String>,
}

impl NameOrPlate {
    /// Returns the fields to compare, or `None` without a name and a plate.
    pub(crate) fn fields(self) -> Option<Vec<(String, String)>> {
        let mut fields = given([
            ("first", self.first),
            ("last", self.last),
            ("mi", self.mi),
            ("plate", self.plate),
        ]);
        if fields.is_empty() {
            return None;
        }
        fields.extend(given([
            ("agency", self.agency),
            ("department", self.department),
            ("subdivision", self.subdivision),
        ]));
        Some(fields)
    }
}

/// Returns the fields with a value. Clients send an empty text for an unused field.
fn given<const N: usize>(fields: [(&str, Option<String>); N]) -> Vec<(String, String)> {
    let fields = fields.into_iter().filter_map(|(name, value)| {
        let value = value.filter(|value| !value.is_empty())?;
        Some((name.to_owned(), value))
    });
    fields.collect()
}

/// What to compare with a value: the documented numbers, or the name of a field.
#[derive(Deserialize, JsonSchema)]
#[serde(try_from = "Text")]
pub(crate) enum SearchType {
    Identifier,
    Number,
    Secret,
    Account,
    Field(String),
}

impl TryFrom<Text> for SearchType {
    type Error = String;

    fn try_from(Text(text): Text) -> Result<Self, String> {
        Ok(match text.as_str() {
            "0" | "IDENTIFIER" => Self::Identifier,
            "1" | "SUPERVISOR_STATUS" => Self::Field("supervisorStatus".to_owned()),
            "2" | "ACTIVE_STATUS" => Self::Field("activeStatus".to_owned()),
            "3" | "NUMBER" => Self::Number,
            "4" | "SECRET" => Self::Secret,
            "5" | "ACCOUNT" => Self::Account,
            _ if text.parse::<i64>().is_ok() => {
                return Err(format!("there is no search type {text}"));
            }
            _ => Self::Field(text),
        })
    }
}

impl SearchType {
    /// Restricts a lookup to the records with this value.
    ///
    /// # Errors
    /// Returns the reason if the value must be a whole number but isn't.
    pub(crate) fn restrict(self, lookup: &mut Lookup, value: String) -> Result<(), &'static str> {
        let number = |value| Whole::try_from(Text(value)).map(|Whole(number)| number);
        match self {
            Self::Identifier => lookup.owners.push(Key::Identifier(number(value)?)),
            Self::Secret => lookup.owners.push(Key::Secret(ApiKey::new(value))),
            Self::Account => lookup.owners.push(Key::Account(value)),
            Self::Number => lookup.id = Some(number(value)?),
            Self::Field(name) => lookup.fields.push((name, value)),
        }
        Ok(())
    }
}
