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

#[cfg(test)]
mod tests {
    use super::check_name;
    use crate::syntax::error_collector::Errors;
    use proc_macro2::Span;
    use syn::LitStr;

    #[test]
    fn a_name_must_fit_into_a_record() {
        for (name, message) in [
            ("a".repeat(30_000), ""),
            ("a".repeat(30_001), "at most 30000 bytes"),
            ("ä".repeat(15_001), "at most 30000 bytes"),
            (String::new(), "must not be empty"),
            (" \n".to_owned(), "must not be empty"),
        ] {
            let mut errors = Errors::default();
            check_name(&LitStr::new(&name, Span::call_site()), &mut errors);
            let found = errors.into_tokens().map(|error| error.to_string());
            let found = found.unwrap_or_default();
            assert!(found.contains(message), "{}: {found}", name.len());
            assert_eq!(found.is_empty(), message.is_empty(), "{}", name.len());
        }
    }
}
