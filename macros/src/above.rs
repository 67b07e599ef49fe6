//! What stands above `#[requires_tier(…)]`. The macro of a web framework that stood there is expanded
//! first, and writes code that calls the handler without its guard.
//!
//! The compiler tells an attribute nothing of what stood above it. But it shows in an item that
//! another macro has printed it: where each bracket stood is lost, as a macro can say only where a
//! pair of them stands. Then the source says which macro it was. What cannot be read is no error
//! here: the compiler then has its own, of a call without a guard.

use crate::route::method::METHODS;
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::quote;

/// The macros that write a call of the function they stand on.
const OTHERS: [&str; 6] = [
    "debug_handler",
    "endpoint",
    "handler",
    "route",
    "routes",
    "OpenApi",
];

/// Says that the attribute of this name goes above the macro that stood above it, if there was one.
/// `brackets` are any of the item's own.
pub(crate) fn misplaced(own: &str, brackets: &Group) -> Option<String> {
    if !proc_macro::is_available() || !was_printed(brackets) {
        return None;
    }
    let at = proc_macro::Span::call_site().start();
    let source = std::fs::read_to_string(at.local_file()?).ok()?;
    let above = route_macro_above(&source, at.line(), at.column())?;
    Some(format!(
        "`{own}` goes above `{above}`, so that this sees the guard, and the catalogue the route; move it up"
    ))
}

/// Whether the attribute stands in an `impl` or a `trait`, by how the source is laid out. The compiler
/// does not tell, and has a page to say of a type beside a function there.
pub(crate) fn is_in_impl() -> bool {
    if !proc_macro::is_available() {
        return false;
    }
    let at = proc_macro::Span::call_site().start();
    // What stands at the start of a line stands in nothing.
    if at.column() == 1 {
        return false;
    }
    let source = at.local_file().map(std::fs::read_to_string);
    source.is_some_and(|source| {
        source.is_ok_and(|source| stands_in_impl(&source, at.line(), at.column()))
    })
}

/// Whether the nearest line that is indented less begins an `impl` or a `trait`. Lines and columns are
/// counted from 1.
fn stands_in_impl(source: &str, line: usize, column: usize) -> bool {
    let mut lines = source.lines().take(line).collect::<Vec<_>>().into_iter();
    let own = lines.next_back().unwrap_or_default();
    let (mut indentation, mut is_open) = (indentation_of(own), false);
    if indentation + 1 != column {
        return false;
    }
    for line in lines.rev() {
        let text = line.trim();
        let is_further_in = indentation_of(line) >= indentation && !is_open;
        if text.is_empty() || text.starts_with("//") || is_further_in {
            continue;
        }
        // The brace may stand by itself, behind a `where`.
        if text == "{" && !is_open {
            (indentation, is_open) = (indentation_of(line), true);
            continue;
        }
        if is_open && (indentation_of(line) > indentation || text.starts_with("where")) {
            continue;
        }
        return (is_open || text.ends_with('{')) && begins_impl(text);
    }
    false
}

fn indentation_of(line: &str) -> usize {
    line.chars()
        .take_while(|character| character.is_whitespace())
        .count()
}

fn begins_impl(text: &str) -> bool {
    let mut words = text.split([' ', '<']);
    let first = words.find(|word| *word != "unsafe" && !word.starts_with("pub"));
    first.is_some_and(|word| word == "impl" || word == "trait")
}

/// The function with more statements in front of its body's own.
pub(crate) fn with_statements(function: TokenStream, statements: &TokenStream) -> TokenStream {
    let mut tokens: Vec<_> = function.into_iter().collect();
    if let Some(TokenTree::Group(body)) = tokens.pop() {
        let own = body.stream();
        let mut with_statements = Group::new(Delimiter::Brace, quote!(#statements #own));
        with_statements.set_span(body.span());
        tokens.push(with_statements.into());
    }
    tokens.into_iter().collect()
}

fn was_printed(brackets: &Group) -> bool {
    let opening = brackets.span_open().source_text();
    opening.is_some_and(|opening| opening.len() > 1)
}

/// The nearest route macro among the attributes in front of a place in the source, without what its
/// brackets hold. Lines and columns are counted from 1.
fn route_macro_above(source: &str, line: usize, column: usize) -> Option<String> {
    let mut lines = source.lines().take(line).collect::<Vec<_>>().into_iter();
    let own: String = lines
        .next_back()?
        .chars()
        .take(column.saturating_sub(1))
        .collect();
    for line in std::iter::once(own.as_str()).chain(lines.rev()) {
        let (attributes, rest) = attributes_of(line.trim());
        // Here another item ends, or the block begins in which this one stands.
        if !rest.starts_with("//") && rest.contains(['{', '}', ';']) {
            return None;
        }
        if let Some(found) = attributes.iter().rev().find_map(|text| route_macro(text)) {
            return Some(found);
        }
    }
    None
}

/// The attributes with which a line begins, each as it is written, and the rest of the line. Of one
/// that goes on in the next line it is the beginning.
fn attributes_of(line: &str) -> (Vec<&str>, &str) {
    let (mut attributes, mut rest) = (Vec::new(), line);
    while rest.starts_with("#[") {
        let (attribute, behind) = rest.split_at(length_of_attribute(rest));
        attributes.push(attribute);
        rest = behind.trim_start();
    }
    (attributes, rest)
}

fn length_of_attribute(text: &str) -> usize {
    let (mut depth, mut in_string, mut is_escaped) = (0_usize, false, false);
    for (at, character) in text.char_indices() {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' if in_string => is_escaped = true,
            '"' => in_string = !in_string,
            _ if in_string => {}
            '[' => depth += 1,
            ']' if depth == 1 => return at + 1,
            ']' => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

fn route_macro(attribute: &str) -> Option<String> {
    let inner = attribute.strip_prefix("#[")?.trim_start();
    let path = inner.split(['(', ']', ' ']).next()?;
    let name = path.rsplit("::").next()?;
    let is_one = METHODS.iter().chain(&OTHERS).any(|other| *other == name);
    let options = if attribute.contains('(') { "(…)" } else { "" };
    is_one.then(|| format!("#[{path}{options}]"))
}

#[cfg(test)]
mod tests {
    use super::{route_macro_above, stands_in_impl};

    /// The line and the column of what is written `#[HERE]`.
    fn place(source: &str) -> (usize, usize) {
        let at = source.find("#[HERE]").expect("a place");
        let before = &source[..at];
        let line = before.matches('\n').count() + 1;
        let column = before
            .rsplit('\n')
            .next()
            .unwrap_or_default()
            .chars()
            .count()
            + 1;
        (line, column)
    }

    /// What stands above the attribute.
    fn above(source: &str) -> Option<String> {
        let (line, column) = place(source);
        route_macro_above(source, line, column)
    }

    #[test]
    fn an_impl_is_told_by_its_layout() {
        for source in [
            "impl A {\n    #[HERE]",
            "impl<T> A<T> {\n\n    // b\n    fn b() {\n    }\n\n    /// c\n    #[HERE]",
            "impl<T> A<T>\nwhere\n    T: B,\n{\n    #[HERE]",
            "mod m {\n    unsafe impl A for B {\n        fn b() {}\n        #[HERE]",
            "pub(crate) trait A {\n\t#[inline]\n\t#[HERE]",
        ] {
            let (line, column) = place(source);
            assert!(stands_in_impl(source, line, column), "{source}");
        }
        for source in [
            "#[HERE]",
            "mod m {\n    #[HERE]",
            "impl A {\n}\n    #[HERE]",
            "impl A { fn b() {} }\n    #[HERE]",
            "impl A {\n    fn b() {\n        #[HERE]",
            "impl A {\n    fn b()\n    where\n        A: B,\n    {\n        #[HERE]",
            "fn main() {\n    impl A {}\n    #[HERE]",
            "implement! {\n    #[HERE]",
            "fn a() {} #[HERE]",
            "    #[HERE]",
        ] {
            let (line, column) = place(source);
            assert!(!stands_in_impl(source, line, column), "{source}");
        }
    }

    #[test]
    fn a_route_macro_above_is_found() {
        for (source, expected) in [
            ("#[get(\"/a\")]\n#[HERE]\nfn a() {}", "#[get(…)]"),
            ("#[handler] #[HERE] fn a() {}", "#[handler]"),
            (
                "    #[rocket::post(\"/a\", data = \"<b>\")]\r\n    #[HERE]",
                "#[rocket::post(…)]",
            ),
            ("#[routes]\n#[get(\"/a\")]\n#[HERE]", "#[get(…)]"),
            (
                "#[get(\"/;}]\")]\n\n// {\n/// b; c\n#[inline]\n#[HERE]",
                "#[get(…)]",
            ),
            (
                "#[get(\n    \"/a\",\n    wrap = \"B\",\n)]\n#[HERE]",
                "#[get(…)]",
            ),
            ("fn b() {}\n#[OpenApi]\n#[HERE]\nimpl A {}", "#[OpenApi]"),
            (
                "/* ü */ fn b() {}\n#[axum::debug_handler(state = A)]\n#[HERE]",
                "#[axum::debug_handler(…)]",
            ),
        ] {
            assert_eq!(above(source).as_deref(), Some(expected), "{source}");
        }
    }

    #[test]
    fn what_stands_elsewhere_is_not_above() {
        for source in [
            "#[HERE]\n#[get(\"/a\")]\nfn a() {}",
            "#[get(\"/a\")]\nfn a() {}\n#[HERE]",
            "#[get(\"/a\")] fn a() {}\n\n#[HERE]",
            "#[get(\"/a\")] mod a;\n#[HERE]",
            "#[handler]\nimpl A {\n    #[HERE]",
            "#[instrument]\n#[HERE]",
            "/// `#[get(\"/a\")]`\n#[HERE]",
            "#[getters]\n#[HERE]",
            "#[HERE]",
        ] {
            assert_eq!(above(source), None, "{source}");
        }
    }
}
