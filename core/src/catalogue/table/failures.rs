//! Compile errors for invalid lists. Their messages name the handlers.
// Public for generated code only.
#![allow(missing_docs)]

use crate::catalogue::table::text::same_bytes;
use crate::endpoint::Endpoint;
use crate::route::method::Method;

/// Fails to compile if two endpoints have the same route, or one path with different parameter names.
#[track_caller]
pub(super) const fn refuse_twins(method: Method, endpoint: Endpoint, other: Endpoint) {
    if let (Some((_, path)), Some((other_method, other_path))) = (endpoint.route(), other.route())
        && same_route(path, other_path)
    {
        if endpoint.line() == other.line()
            && same_text(endpoint.name(), other.name())
            && same_text(endpoint.module(), other.module())
        {
            fail_of_one(endpoint);
        }
        if method as u8 == other_method as u8 {
            fail(SAME_ROUTE, endpoint, other);
        }
        if !same_text(path, other_path) {
            fail(OTHER_NAMES, endpoint, other);
        }
    }
}

/// Fails to compile if the handler has no route, because a router couldn't mount it.
///
/// # Panics
/// Panics at compile time, which is a compile error.
#[track_caller]
pub const fn assert_routed(endpoint: Endpoint) {
    if !endpoint.has_route() {
        let mut message = Message::new();
        message.push("`");
        message.push(endpoint.name());
        message.push("` has no route, so `router()` cannot mount it; write one in its attribute: `#[requires_tier(…, get = \"/path\")]`");
        panic!("{}", message.text());
    }
}

#[cold]
#[track_caller]
pub(super) const fn fail_of_module(endpoint: Endpoint) -> ! {
    let mut message = Message::new();
    message.push("this path is not that of the open handler ");
    message.endpoint(endpoint);
    message
        .push("; list that one by the module it stands in, or annotate the function that is meant");
    panic!("{}", message.text())
}

#[cold]
#[track_caller]
const fn fail_of_one(endpoint: Endpoint) -> ! {
    let mut message = Message::new();
    message.endpoint(endpoint);
    message
        .push(" is listed twice, by itself or by an included catalogue; remove it from one list");
    panic!("{}", message.text())
}

const SAME_ROUTE: [&str; 2] = [
    "two handlers answer the same route: ",
    "; give one of them another method or path, or remove it from the list",
];

const OTHER_NAMES: [&str; 2] = [
    "one path with parameters of two names: ",
    "; call the parameters the same in both",
];

#[cold]
#[track_caller]
const fn fail(words: [&str; 2], endpoint: Endpoint, other: Endpoint) -> ! {
    let mut message = Message::new();
    message.push(words[0]);
    message.endpoint(other);
    message.push(" and ");
    message.endpoint(endpoint);
    message.push(words[1]);
    panic!("{}", message.text())
}

/// A message built at compile time, when `format!` isn't available.
struct Message {
    bytes: [u8; 1024],
    length: usize,
}

impl Message {
    const fn new() -> Self {
        Self {
            bytes: [0; 1024],
            length: 0,
        }
    }

    const fn endpoint(&mut self, endpoint: Endpoint) {
        self.push("`");
        self.push(endpoint.module());
        self.push("::");
        self.push(endpoint.name());
        self.push("`");
        if let Some((method, path)) = endpoint.route() {
            self.push(" (");
            self.push(method.as_str());
            self.push(" ");
            self.push(path);
            self.push(")");
        }
    }

    /// Appends a text, or nothing if the text doesn't fit. A part of it could end within a character.
    const fn push(&mut self, text: &str) {
        let text = text.as_bytes();
        if self.length + text.len() > self.bytes.len() {
            return;
        }
        let mut index = 0;
        while index < text.len() {
            self.bytes[self.length] = text[index];
            self.length += 1;
            index += 1;
        }
    }

    const fn text(&self) -> &str {
        match std::str::from_utf8(self.bytes.split_at(self.length).0) {
            Ok(text) => text,
            Err(_) => "",
        }
    }
}

/// Returns whether two templates differ at most in the names of their parameters.
const fn same_route(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    let (mut at_left, mut at_right) = (0, 0);
    while at_left < left.len() && at_right < right.len() {
        if left[at_left] != right[at_right] {
            return false;
        }
        if left[at_left] == b'{' && (left[at_left + 1] == b'*') != (right[at_right + 1] == b'*') {
            return false;
        }
        at_left = after(left, at_left);
        at_right = after(right, at_right);
    }
    at_left == left.len() && at_right == right.len()
}

/// Returns the index after the current character. A whole parameter in braces counts as one character.
const fn after(template: &[u8], mut index: usize) -> usize {
    if template[index] == b'{' {
        while template[index] != b'}' {
            index += 1;
        }
    }
    index + 1
}

const fn same_text(left: &str, right: &str) -> bool {
    same_bytes(left.as_bytes(), right.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::same_route;

    #[test]
    fn names_of_parameters_do_not_tell_routes_apart() {
        for (left, right, same) in [
            ("/a/{x}", "/a/{yy}", true),
            ("/a/{x}/b", "/a/{y}/b", true),
            ("/a/{*x}", "/a/{*y}", true),
            ("/a/{x}", "/a/{*x}", false),
            ("/a/{x}", "/a/b", false),
            ("/a/{x}", "/a/{x}/", false),
        ] {
            assert_eq!(same_route(left, right), same, "{left} {right}");
        }
    }
}
