//! The methods of endpoints.
// Public for generated code only.
#![allow(missing_docs)]

/// A method that the attribute accepts.
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
    /// Every method for which the same template has no other endpoint.
    Any,
}

/// The number of each method in a record. Generated code uses the names, because they are short.
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
}

impl Method {
    /// The method of this name, as a document has it: in upper case.
    pub(crate) fn of(name: &str) -> Option<Self> {
        match name {
            "ANY" => Some(Self::Any),
            name => Self::of_request(name),
        }
    }

    /// The method of a request. `None` if no option of the attribute names it.
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

    /// The number in a record. 0 stands for no method.
    pub(crate) const fn number(self) -> u8 {
        self as u8 + 1
    }

    /// The method with this number in a record.
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
