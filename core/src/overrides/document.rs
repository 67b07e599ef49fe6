//! The entries of a document with overrides, in any format that serde reads.

use crate::access::overrides::raw::{RawOverride, RawValue};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use std::fmt;
use std::marker::PhantomData;

/// The type of a document format's values.
pub(crate) trait DocumentValue: for<'de> Deserialize<'de> {
    /// Returns `None` if the document contains an explicit empty value, such as `null`.
    fn into_raw(self) -> Option<RawValue>;
}

/// An override in a document. Fields of any name and type are read. Mistakes are then reported as for
/// any other store: with the override and the field.
pub(crate) struct Entry<V> {
    pub(crate) raw: RawOverride,
    value: PhantomData<V>,
}

impl<'de, V: DocumentValue> Deserialize<'de> for Entry<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = deserializer.deserialize_map(EntryVisitor::<V>(PhantomData))?;
        let value = PhantomData;
        Ok(Self { raw, value })
    }
}

struct EntryVisitor<V>(PhantomData<V>);

impl<'de, V: DocumentValue> Visitor<'de> for EntryVisitor<V> {
    type Value = RawOverride;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an override with fields such as `kind` and `endpoint`")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut fields: M) -> Result<RawOverride, M::Error> {
        let mut raw = RawOverride::default();
        while let Some((name, value)) = fields.next_entry::<String, V>()? {
            if let Some(value) = value.into_raw() {
                raw.set(&name, value);
            }
        }
        Ok(raw)
    }
}
