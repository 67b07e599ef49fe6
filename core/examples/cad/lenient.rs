//! Values that clients send in several forms.

use crate::object::Object;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

/// A number or a text.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected a number or a text")]
enum NumberOrText {
    Number(i64),
    Text(String),
}

/// A text. Some clients send a number instead.
#[derive(Deserialize, JsonSchema)]
#[serde(from = "NumberOrText")]
pub(crate) struct Text(pub(crate) String);

impl From<NumberOrText> for Text {
    fn from(value: NumberOrText) -> Self {
        Self(match value {
            NumberOrText::Number(number) => number.to_string(),
            NumberOrText::Text(text) => text,
        })
    }
}

/// A whole number. Some clients send a text instead.
#[derive(Deserialize)]
#[serde(try_from = "Text")]
pub(crate) struct Whole(pub(crate) i64);

impl TryFrom<Text> for Whole {
    type Error = &'static str;

    fn try_from(Text(text): Text) -> Result<Self, Self::Error> {
        match text.parse::<i64>() {
            // `01` is not the number 1.
            Ok(number) if number.to_string() == text => Ok(Self(number)),
            _ => Err("expected a whole number"),
        }
    }
}

/// A list. Some clients send its only item instead.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a value or a list")]
pub(crate) enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

impl<T> OneOrMany<T> {
    pub(crate) fn into_vec(self) -> Vec<T> {
        match self {
            Self::One(item) => vec![item],
            Self::Many(items) => items,
        }
    }
}

/// Lua has one type for lists and objects, so its clients send an empty object as an empty list.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected an object")]
enum ObjectOrEmptyList {
    Object(Object),
    EmptyList([(); 0]),
}

/// Parses an object, which may also be an empty list or `null`.
pub(crate) fn object<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Object, D::Error> {
    optional_object(deserializer).map(Option::unwrap_or_default)
}

/// Parses an object, which may also be an empty list. Returns `None` for `null`.
pub(crate) fn optional_object<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Object>, D::Error> {
    let value = Option::deserialize(deserializer)?;
    Ok(value.map(|value| match value {
        ObjectOrEmptyList::Object(object) => object,
        ObjectOrEmptyList::EmptyList([]) => Object::new(),
    }))
}
