//! Compile errors for invalid lists. Their messages name the handlers.
// Public for generated code only.
#![allow(missing_docs)]

use crate::catalogue::table::message::Message;
use crate::catalogue::table::text::{same_route, same_text};
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
        message.push("` has no route, so `router()` cannot mount it; add a route to its attribute: `#[requires_tier(…, get = \"/path\")]`");
        panic!("{}", message.text());
    }
}

#[cold]
#[track_caller]
pub(super) const fn fail_of_module(endpoint: Endpoint) -> ! {
    let mut message = Message::new();
    message.push("this path does not name the public handler ");
    message.endpoint(endpoint);
    message
        .push("; list that handler by the path of the module that defines it, or annotate the function that the path names");
    panic!("{}", message.text())
}

#[cold]
#[track_caller]
const fn fail_of_one(endpoint: Endpoint) -> ! {
    let mut message = Message::new();
    message.endpoint(endpoint);
    message.push(
        " is listed twice, directly or through an included catalogue; remove it from one list",
    );
    panic!("{}", message.text())
}

const SAME_ROUTE: [&str; 2] = [
    "two handlers have the same route: ",
    "; change the method or path of one of them, or remove it from the list",
];

const OTHER_NAMES: [&str; 2] = [
    "two handlers name the parameters of the same path differently: ",
    "; use the same parameter names in both",
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
