//! Events, which are structs or variants of an enum.

use crate::requirement::model::Requirement;
use proc_macro2::Ident;
use syn::{Attribute, DeriveInput, Path};

/// The type that derives `Event`.
pub(super) struct EventType<'a> {
    pub(super) input: &'a DeriveInput,
    /// The value of the `crate` option.
    pub(super) crate_path: Option<Path>,
    /// Whether the type gets only the trait's methods.
    pub(super) trait_only: bool,
}

/// A struct, an enum, or a variant of an enum.
pub(super) struct EventItem<'a> {
    pub(super) ident: &'a Ident,
    pub(super) attributes: &'a [Attribute],
    /// The enum to which a variant belongs.
    pub(super) enum_ident: Option<&'a Ident>,
}

impl<'a> EventItem<'a> {
    pub(super) fn new(
        ident: &'a Ident,
        attributes: &'a [Attribute],
        enum_ident: Option<&'a Ident>,
    ) -> Self {
        Self {
            ident,
            attributes,
            enum_ident,
        }
    }
}

/// An event after its validation.
pub(super) struct ValidatedEvent<'a> {
    pub(super) item: EventItem<'a>,
    pub(super) name: String,
    /// `None` if the requirement is missing or invalid.
    pub(super) requirement: Option<Requirement>,
}

/// An event to expand.
pub(super) struct Event<'a> {
    pub(super) item: EventItem<'a>,
    pub(super) name: String,
    pub(super) requirement: Requirement,
}

impl<'a> ValidatedEvent<'a> {
    /// Returns the event, with the stand-in if its own requirement is missing or invalid.
    pub(super) fn or_with(self, stand_in: &Requirement) -> Event<'a> {
        Event {
            item: self.item,
            name: self.name,
            requirement: self.requirement.unwrap_or_else(|| stand_in.clone()),
        }
    }
}
