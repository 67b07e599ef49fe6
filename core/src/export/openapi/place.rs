//! The method and path of an endpoint or operation.

/// The method name of an `any` endpoint, which accepts every method.
pub(super) const ANY: &str = "ANY";

/// The method and path of an operation. The method is in upper case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub(super) method: String,
    pub(super) path: String,
}

/// A key shared by all places that OpenAPI can't distinguish: the method, and the path without its
/// parameter names.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    method: String,
    /// The bytes of the literals, with `None` for each parameter.
    path: Vec<Option<u8>>,
}

impl Place {
    pub(super) fn new(method: &str, path: &str) -> Self {
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
        }
    }

    pub(super) fn key(&self) -> Key {
        Key {
            method: self.method.clone(),
            path: nameless(&self.path),
        }
    }
}

/// Tests for how well an endpoint's path matches an operation's path, strictest first.
pub(super) const LIKENESS: [fn(&str, &str) -> bool; 4] = [
    |own, documents| own == documents,
    |own, documents| documented(own) == documents,
    |own, documents| has_rest(own) == has_rest(documents),
    |_, _| true,
];

/// Normalises a path prefix. The result is empty, or it starts with `/` and doesn't end with `/`.
pub(super) fn path_prefix(path: &str) -> String {
    match path.trim_matches('/') {
        "" => String::new(),
        path => format!("/{path}"),
    }
}

/// Converts a template to OpenAPI syntax, which lacks `{*rest}`.
pub(super) fn documented(template: &str) -> String {
    template.replace("{*", "{")
}

/// Whether a path ends with a catch-all parameter: `{*rest}`, or the variants `{rest..}`, `{rest:.*}`
/// and `{rest:.+}` of some documents.
fn has_rest(path: &str) -> bool {
    path.contains("{*")
        || ["..}", ":.*}", ":.+}"]
            .iter()
            .any(|end| path.ends_with(end))
}

/// Removes the names and constraints of a path's parameters and percent-decodes its literals, to
/// compare two places. A constraint can contain braces, as in `{id:\d{4}}`.
pub(super) fn nameless(path: &str) -> Vec<Option<u8>> {
    let mut nameless = Vec::with_capacity(path.len());
    let mut depth = 0_usize;
    let bytes = path.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'{' => {
                if depth == 0 {
                    nameless.push(None);
                }
                depth += 1;
            }
            b'}' if depth > 0 => depth -= 1,
            _ if depth > 0 => {}
            b'%' => match bytes.get(at..at + 2).and_then(decoded) {
                Some(decoded) => {
                    nameless.push(Some(decoded));
                    at += 2;
                }
                None => nameless.push(Some(byte)),
            },
            byte => nameless.push(Some(byte)),
        }
    }
    nameless
}

/// Decodes two hexadecimal digits.
fn decoded(digits: &[u8]) -> Option<u8> {
    let mut byte = 0;
    for &digit in digits {
        let digit = char::from(digit).to_digit(16)?;
        byte = byte << 4 | u8::try_from(digit).ok()?;
    }
    Some(byte)
}

#[cfg(test)]
mod tests {
    use super::{Place, has_rest};

    #[test]
    fn keys_ignore_the_names_and_constraints_of_parameters() {
        for (one, other, same) in [
            ("/a/{id}", "/a/{other}", true),
            ("/a/{id}", r"/a/{id:\d{4}}", true),
            ("/a/{*rest}", "/a/{rest}", true),
            ("/a/{*rest}", "/a/{rest..}", true),
            ("/a/{id}/b", "/a/{id}", false),
            ("/a/{id}", "/a/b", false),
            ("/a/{id}", "/a/{id}/", false),
            ("/gr%C3%B6n", "/grön", true),
            ("/gr%C3%B6n", "/gr%c3%b6n", true),
            ("/100%", "/100%25", true),
            ("/a/%7Bid%7D", "/a/{id}", false),
            ("/@{user}", "/@{name}", true),
            ("/@{user}", "/{name}", false),
        ] {
            let key = |path| Place::new("GET", path).key();
            assert_eq!(key(one) == key(other), same, "{one} {other}");
        }
        assert_ne!(Place::new("GET", "/").key(), Place::new("PUT", "/").key());
    }

    #[test]
    fn catch_all_parameters_have_several_spellings() {
        for path in ["/a/{*rest}", "/a/{rest..}", "/a/{rest:.*}", "/a/{rest:.+}"] {
            assert!(has_rest(path), "{path}");
        }
        for path in ["/a/{rest}", "/a..", r"/a/{id:\d+}"] {
            assert!(!has_rest(path), "{path}");
        }
    }
}
