//! The HTTP methods that endpoints can have.
// Public for generated code only.
#![allow(missing_docs)]

/// An HTTP method that `#[requires_tier(…)]` accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
    Head,
    Options,
    Connect,
    /// Every HTTP method for which the same template has no other endpoint.
    Any,
}

/// The numbers that represent HTTP methods in records. Generated code refers to the numbers by these
/// short names.
pub mod methods {
    use super::Method;

    pub const NONE: u8 = 0;
    pub const GET: u8 = Method::Get.number();
    pub const POST: u8 = Method::Post.number();
    pub const PUT: u8 = Method::Put.number();
    pub const PATCH: u8 = Method::Patch.number();
    pub const DELETE: u8 = Method::Delete.number();
    pub const HEAD: u8 = Method::Head.number();
    pub const OPTIONS: u8 = Method::Options.number();
    pub const CONNECT: u8 = Method::Connect.number();
    pub const ANY: u8 = Method::Any.number();
    /// Marks the record of an event, which has no HTTP method.
    pub const EVENT: u8 = 255;
}

impl Method {
    /// Parses an HTTP method from a document. Documents contain methods in upper case, including `ANY`.
    pub(crate) fn of(name: &str) -> Option<Self> {
        match name {
            "ANY" => Some(Self::Any),
            name => Self::of_request(name),
        }
    }

    /// Parses a request's HTTP method. Returns `None` if `#[requires_tier(…)]` has no option for this
    /// method.
    pub(crate) fn of_request(name: &str) -> Option<Self> {
        Some(match name {
            "GET" => Self::Get,
            "POST" => Self::Post,
            "PUT" => Self::Put,
            "PATCH" => Self::Patch,
            "DELETE" => Self::Delete,
            "HEAD" => Self::Head,
            "OPTIONS" => Self::Options,
            "CONNECT" => Self::Connect,
            _ => return None,
        })
    }

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Head => "HEAD",
            Self::Options => "OPTIONS",
            Self::Connect => "CONNECT",
            Self::Any => "ANY",
        }
    }

    /// Returns the number that represents the HTTP method in a record. The number 0 means no method.
    pub(crate) const fn number(self) -> u8 {
        self as u8 + 1
    }

    /// Returns the HTTP method that this number represents in a record.
    pub(crate) const fn numbered(number: u8) -> Option<Self> {
        Some(match number {
            methods::GET => Self::Get,
            methods::POST => Self::Post,
            methods::PUT => Self::Put,
            methods::PATCH => Self::Patch,
            methods::DELETE => Self::Delete,
            methods::HEAD => Self::Head,
            methods::OPTIONS => Self::Options,
            methods::CONNECT => Self::Connect,
            methods::ANY => Self::Any,
            _ => return None,
        })
    }
}
