//! The messages about mistakes in options. The same mistake has the same words in every macro.

use proc_macro2::Ident;
use std::fmt::Display;

/// `get`, or `get =` without a value.
pub(crate) fn missing_value(key: &Ident, example: &str) -> String {
    format!("`{key}` needs a value; write `{key} = {example}`")
}

/// `get = 1`. `kind` is the kind of value that the option takes, with its article.
pub(crate) fn wrong_value(key: &Ident, kind: &str, example: &str) -> String {
    format!("`{key}` must be {kind}; write `{key} = {example}`")
}

/// `get("/path")`.
pub(crate) fn missing_equals_sign(key: &Ident, example: &str) -> String {
    format!("`{key}` takes its value after `=`; write `{key} = {example}`")
}

/// `handlers = list`, or `handlers[list]`.
pub(crate) fn missing_parentheses(key: &Ident) -> String {
    format!("`{key}` takes a list in parentheses; write `{key}(a, b)`")
}

/// `#[tier]`, or `#[tier = …]`.
pub(crate) fn attribute_without_parentheses(example: &str) -> String {
    format!("the options must be in parentheses; write `{example}`")
}

/// The second `get = "/path"`.
pub(crate) fn given_twice(key: &Ident) -> String {
    format!("`{key}` is given twice; remove one of them")
}

/// `name = ""`.
pub(crate) fn empty_value(key: &str, fix: &str) -> String {
    format!("`{key}` must not be empty; {fix}")
}

/// A text that doesn't fit into an endpoint's record.
pub(crate) fn too_long(what: &str, longest: usize) -> String {
    format!("{what} must have at most {longest} bytes; shorten it")
}

/// `nmae = "x"`. `known` names the options: "`a` or `b`".
pub(crate) fn unknown_option(key: &Ident, known: &str) -> String {
    unknown_option_with_fix(key, format!("use {known}"))
}

/// An unknown option with a likely meaning.
pub(crate) fn unknown_option_with_fix(key: impl Display, fix: impl Display) -> String {
    format!("unknown option `{key}`; {fix}")
}

/// A token that isn't a name. `known` names the options.
pub(crate) fn no_option(known: &str) -> String {
    format!("expected an option; use {known}")
}
