//! The type that derives `Event`, with its options as written.

use super::model::EventItem;
use super::options::{EventOptions, Owner};
use crate::syntax::error_collector::Errors;
use syn::{Attribute, Data, DeriveInput, Fields};

/// The type that derives `Event`.
pub(super) struct ParsedType<'a> {
    pub(super) data: &'a Data,
    /// The struct or the enum itself.
    pub(super) item: ParsedItem<'a>,
    /// The variants of an enum.
    pub(super) variants: Vec<ParsedItem<'a>>,
}

/// A struct, an enum or a variant.
pub(super) struct ParsedItem<'a> {
    pub(super) item: EventItem<'a>,
    pub(super) options: EventOptions,
    /// The mistakes in the options. They are collected for each item, because a mistake in one variant
    /// must not hide the mistakes in another.
    pub(super) errors: Errors,
}

impl<'a> ParsedType<'a> {
    pub(super) fn parse(input: &'a DeriveInput) -> Self {
        let mut variants = Vec::new();
        let owner = match &input.data {
            Data::Enum(data) => {
                variants.extend(data.variants.iter().map(|variant| {
                    let enum_ident = Some(&input.ident);
                    let item = EventItem::new(&variant.ident, &variant.attrs, enum_ident);
                    ParsedItem::parse(Owner::Variant, item, Some(&variant.fields))
                }));
                Owner::Enum
            }
            Data::Struct(_) | Data::Union(_) => Owner::Struct,
        };
        let fields = match &input.data {
            Data::Struct(data) => Some(&data.fields),
            Data::Enum(_) | Data::Union(_) => None,
        };
        let item = EventItem::new(&input.ident, &input.attrs, None);
        Self {
            data: &input.data,
            item: ParsedItem::parse(owner, item, fields),
            variants,
        }
    }
}

impl<'a> ParsedItem<'a> {
    fn parse(owner: Owner, item: EventItem<'a>, fields: Option<&Fields>) -> Self {
        let mut errors = Errors::default();
        let options = EventOptions::parse(owner, item.attributes, &mut errors);
        for field in fields.into_iter().flatten() {
            refuse_options_on_field(&field.attrs, &mut errors);
        }
        Self {
            item,
            options,
            errors,
        }
    }
}

/// Reports `#[event(…)]` on a field. The compiler would ignore this attribute.
fn refuse_options_on_field(attributes: &[Attribute], errors: &mut Errors) {
    let is_event = |attribute: &&Attribute| attribute.path().is_ident("event");
    if let Some(attribute) = attributes.iter().find(is_event) {
        errors.at(
            attribute,
            "a field has no options; move `#[event(…)]` to the struct or the variant",
        );
    }
}
