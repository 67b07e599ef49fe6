//! The messages about mistakes in options. Every macro describes the same mistake in the same words.

use proc_macro2::Ident;
use std::fmt::Display;

/// The message for an option without a value, such as `get` or `get =`.
pub(crate) fn missing_value(key: &Ident, example: &str) -> String {
    format!("`{key}` needs a value; write `{key} = {example}`")
}

/// The message for a value of the wrong kind, such as `get = 1`. `kind` is the expected kind with its
/// article, such as `a string`.
pub(crate) fn wrong_value(key: &Ident, kind: &str, example: &str) -> String {
    format!("`{key}` must be {kind}; write `{key} = {example}`")
}

/// The message for a value in parentheses, such as `get("/path")`.
pub(crate) fn missing_equals_sign(key: &Ident, example: &str) -> String {
    format!("`{key}` takes its value after `=`; write `{key} = {example}`")
}

/// The message for a list that isn't in parentheses, such as `handlers = list` or `handlers[list]`.
pub(crate) fn missing_parentheses(key: &Ident) -> String {
    format!("`{key}` takes a list in parentheses; write `{key}(a, b)`")
}

/// The message for an attribute whose options aren't in parentheses, such as `#[tier]` or
/// `#[tier = …]`.
pub(crate) fn attribute_without_parentheses(example: &str) -> String {
    format!("the options must be in parentheses; write `{example}`")
}

/// The message for an option that is given twice, such as a second `get = "/path"`.
pub(crate) fn given_twice(key: &Ident) -> String {
    format!("`{key}` is given twice; remove one of them")
}

/// The message for an empty value, such as `name = ""`.
pub(crate) fn empty_value(key: &str, fix: &str) -> String {
    format!("`{key}` must not be empty; {fix}")
}

/// The message for a text that is too long for the endpoint's record.
pub(crate) fn too_long(what: &str, longest: usize) -> String {
    format!("{what} must have at most {longest} bytes; shorten it")
}

/// The message for an unknown option, such as `nmae = "x"`. `known_options` lists the known options:
/// "`a` or `b`".
pub(crate) fn unknown_option(key: &Ident, known_options: &str) -> String {
    unknown_option_with_fix(key, format!("use {known_options}"))
}

/// The message for an unknown option whose meaning can be guessed. `fix` suggests the correct option.
pub(crate) fn unknown_option_with_fix(key: impl Display, fix: impl Display) -> String {
    format!("unknown option `{key}`; {fix}")
}

/// The message for a token that can't be an option's key. `known_options` lists the known options.
pub(crate) fn not_an_option(known_options: &str) -> String {
    format!("expected an option; use {known_options}")
}
