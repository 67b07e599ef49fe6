//! The hidden type and the record that are generated for a handler or an event.

pub(crate) mod gated_macro;
pub(crate) mod hidden_type;
mod need_record;
pub(crate) mod record_fields;
pub(crate) mod summary;
pub(crate) mod text;
