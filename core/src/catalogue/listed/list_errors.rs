//! Compile errors for `handlers(…)` and `events(…)` lists. Each message names the handlers or events that
//! can't be listed.
// Public for generated code only.
#![allow(missing_docs)]

use crate::catalogue::listed::const_eq::{same_route, same_text};
use crate::endpoint::Endpoint;
use crate::endpoint::const_message::Message;
use crate::route::method::Method;

/// Fails to compile if two endpoints have the same route, or the same path with different parameter
/// names.
#[track_caller]
pub(super) const fn refuse_same_route(method: Method, endpoint: Endpoint, earlier: Endpoint) {
    if let (Some((_, path)), Some((earlier_method, earlier_path))) =
        (endpoint.route(), earlier.route())
        && same_route(path, earlier_path)
    {
        if endpoint.line() == earlier.line()
            && same_text(endpoint.name(), earlier.name())
            && same_text(endpoint.module(), earlier.module())
        {
            fail_listed_twice(endpoint);
        }
        if method as u8 == earlier_method as u8 {
            fail_for_two(SAME_ROUTE, endpoint, earlier);
        }
        if !same_text(path, earlier_path) {
            fail_for_two(DIFFERENT_PARAMETER_NAMES, endpoint, earlier);
        }
    }
}

/// Fails to compile because two listed events have the same name.
#[cold]
#[track_caller]
pub(super) const fn refuse_same_event_name(event: Endpoint, earlier: Endpoint) -> ! {
    if event.line() == earlier.line() && same_text(event.module(), earlier.module()) {
        fail_listed_twice(event);
    }
    let mut message = Message::new();
    message.push("two events have the name \"");
    message.push(event.name());
    message.push("\": ");
    push_location(&mut message, earlier);
    message.push(" and ");
    push_location(&mut message, event);
    message.push("; give one of them another name with `name = \"…\"`");
    panic!("{}", message.text())
}

const fn push_location(message: &mut Message, endpoint: Endpoint) {
    message.push(endpoint.file());
    message.push(":");
    message.push_number(endpoint.line());
}

/// Fails to compile if a handler has no route, because `router()` can't mount a handler without a route.
///
/// # Panics
/// Panics during compilation, which causes a compile error.
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
pub(super) const fn fail_wrong_module(endpoint: Endpoint) -> ! {
    let mut message = Message::new();
    message.push("this path does not name the public handler ");
    message.push_endpoint(endpoint);
    message
        .push("; list that handler by the path of the module that defines it, or annotate the function that the path names");
    panic!("{}", message.text())
}

#[cold]
#[track_caller]
const fn fail_listed_twice(endpoint: Endpoint) -> ! {
    let mut message = Message::new();
    message.push_endpoint(endpoint);
    message.push(
        " is listed twice, directly or through an included catalogue; remove it from one list",
    );
    panic!("{}", message.text())
}

const SAME_ROUTE: [&str; 2] = [
    "two handlers have the same route: ",
    "; change the method or path of one of them, or remove it from the list",
];

const DIFFERENT_PARAMETER_NAMES: [&str; 2] = [
    "two handlers name the parameters of the same path differently: ",
    "; use the same parameter names in both",
];

#[cold]
#[track_caller]
const fn fail_for_two(message_parts: [&str; 2], endpoint: Endpoint, earlier: Endpoint) -> ! {
    let mut message = Message::new();
    message.push(message_parts[0]);
    message.push_endpoint(earlier);
    message.push(" and ");
    message.push_endpoint(endpoint);
    message.push(message_parts[1]);
    panic!("{}", message.text())
}
