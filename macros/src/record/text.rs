//! Checks the texts of a record.

use crate::route::template::LONGEST_TEXT;
use crate::syntax::error_collector::Errors;
use crate::syntax::option_messages::{empty_value, too_long};
use syn::LitStr;

/// Checks that the value of `name` isn't empty and fits into a record.
pub(crate) fn check_name(name: &LitStr, errors: &mut Errors) {
    if name.value().trim().is_empty() {
        errors.at(name, empty_value("name", "write a name, or remove `name`"));
    } else {
        check_length("`name`", name, errors);
    }
}

/// Checks that a text fits into a record.
pub(crate) fn check_length(text_name: &str, text: &LitStr, errors: &mut Errors) {
    if text.value().len() > LONGEST_TEXT {
        errors.at(text, too_long(text_name, LONGEST_TEXT));
    }
}
