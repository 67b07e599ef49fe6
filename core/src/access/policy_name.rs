//! The names of the policies that limit calls.

use crate::endpoint::Endpoint;
use crate::endpoint::limits::Window;
use std::fmt::{self, Write};

/// The name of a policy, as clients see it: the unit of its window, such as `minute` for a policy of the
/// catalogue's quota, and `export/minute` for a policy of the endpoint `export`.
///
/// `Display` writes only visible ASCII without quotes and backslashes. Other characters of an endpoint's
/// name are percent-encoded.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PolicyName {
    endpoint: Option<Endpoint>,
    window: Window,
}

/// The policies that a refused call violates.
///
/// ```
/// use tiergate::ViolatedPolicies;
///
/// assert_eq!(ViolatedPolicies::default().iter().count(), 0);
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct ViolatedPolicies {
    endpoint: Option<Endpoint>,
    /// A bit for each window: first the endpoint's windows, then the catalogue's.
    bits: u16,
}

/// The number of windows, and the position of the first bit of the catalogue's windows.
const WINDOWS: usize = Window::ALL.len();

impl PolicyName {
    /// Creates the name of a policy of the catalogue's quota, or of an endpoint.
    #[cfg_attr(not(feature = "quota"), allow(dead_code))]
    pub(crate) const fn new(endpoint: Option<Endpoint>, window: Window) -> Self {
        Self { endpoint, window }
    }

    /// Returns the endpoint, or `None` for a policy of the catalogue's quota.
    pub fn endpoint(&self) -> Option<Endpoint> {
        self.endpoint
    }

    /// Returns the unit of the window: `second`, `minute`, `hour`, `day` or `month`.
    pub fn unit(&self) -> &'static str {
        self.window.unit()
    }

    #[cfg_attr(not(feature = "quota"), allow(dead_code))]
    pub(crate) fn window(&self) -> Window {
        self.window
    }
}

impl ViolatedPolicies {
    /// Adds a policy. All policies of endpoints must belong to the same endpoint.
    #[cfg_attr(not(any(test, feature = "quota")), allow(dead_code))]
    pub(crate) fn insert(&mut self, name: PolicyName) {
        let first = if name.endpoint.is_some() { 0 } else { WINDOWS };
        self.bits |= 1 << (first + name.window.index());
        self.endpoint = self.endpoint.or(name.endpoint);
    }

    /// Returns the names of the policies: first the endpoint's, then the quota's, shortest window first.
    pub fn iter(&self) -> impl Iterator<Item = PolicyName> + use<> {
        let Self { endpoint, bits } = *self;
        let scopes = [(0, endpoint), (WINDOWS, None)];
        scopes.into_iter().flat_map(move |(first, endpoint)| {
            let windows = Window::ALL.into_iter();
            windows
                .filter(move |window| bits & 1 << (first + window.index()) != 0)
                .map(move |window| PolicyName { endpoint, window })
        })
    }
}

/// Returns whether a byte of an endpoint's name needs no encoding.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\' | b'%' | b',')
}

impl fmt::Display for PolicyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(endpoint) = self.endpoint {
            for byte in endpoint.name().bytes() {
                if is_plain(byte) {
                    f.write_char(char::from(byte))?;
                } else {
                    write!(f, "%{byte:02X}")?;
                }
            }
            f.write_char('/')?;
        }
        f.write_str(self.unit())
    }
}

impl fmt::Debug for PolicyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PolicyName({self})")
    }
}

/// Shows the names, separated by commas.
impl fmt::Display for ViolatedPolicies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, name) in self.iter().enumerate() {
            let separator = if position == 0 { "" } else { ", " };
            write!(f, "{separator}{name}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for ViolatedPolicies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::{PolicyName, ViolatedPolicies};
    use crate::endpoint::Endpoint;
    use crate::endpoint::limits::Window;
    use crate::endpoint::record::Record;
    use crate::route::method::Method;

    static RECORD: Record = Record {
        text: "ex\"p\\ö %t/export",
        name: 10,
        path: 7,
        method: Method::Get.number(),
        ..Record::PLAIN
    };

    #[test]
    fn the_names_of_violated_policies_are_safe_in_headers_and_documents() {
        let endpoint = Some(Endpoint(&RECORD));
        let mut violated = ViolatedPolicies::default();
        assert_eq!(violated.to_string(), "");
        for (endpoint, unit) in [(None, 3), (endpoint, 1), (endpoint, 4), (None, 0)] {
            violated.insert(PolicyName::new(endpoint, Window::ALL[unit]));
        }
        assert_eq!(
            violated.to_string(),
            "ex%22p%5C%C3%B6%20%25t/minute, ex%22p%5C%C3%B6%20%25t/month, second, day"
        );
    }
}
