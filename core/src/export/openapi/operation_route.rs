//! Compares the routes of endpoints with the routes of OpenAPI operations.

/// The HTTP method of an `any` endpoint, which accepts every HTTP method.
pub(super) const ANY: &str = "ANY";

/// An operation's HTTP method, in upper case, and its path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct OperationRoute {
    pub(super) method: String,
    pub(super) path: String,
}

/// An HTTP method, and a path without its parameter names. OpenAPI can't distinguish two routes with the
/// same key, such as `GET /units/{id}` and `GET /units/{unit}`.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct OperationKey {
    method: String,
    /// The path's bytes, with `None` in place of each parameter.
    nameless_path: Vec<Option<u8>>,
}

impl OperationRoute {
    pub(super) fn new(method: &str, path: &str) -> Self {
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
        }
    }

    pub(super) fn key(&self) -> OperationKey {
        OperationKey {
            method: self.method.clone(),
            nameless_path: nameless_path(&self.path),
        }
    }
}

/// Functions that compare an endpoint's path with an operation's path, starting with the strictest
/// function.
pub(super) const PATH_MATCHERS: [fn(&str, &str) -> bool; 4] = [
    |endpoint_path, operation_path| endpoint_path == operation_path,
    |endpoint_path, operation_path| openapi_path(endpoint_path) == operation_path,
    |endpoint_path, operation_path| has_catch_all(endpoint_path) == has_catch_all(operation_path),
    |_, _| true,
];

/// Normalises a path prefix. For example, `v1/` becomes `/v1`, and `/` becomes an empty prefix.
pub(super) fn path_prefix(path: &str) -> String {
    match path.trim_matches('/') {
        "" => String::new(),
        path => format!("/{path}"),
    }
}

/// Converts a path template to OpenAPI syntax. OpenAPI doesn't support catch-all parameters, so `{*rest}`
/// becomes `{rest}`.
pub(super) fn openapi_path(template: &str) -> String {
    template.replace("{*", "{")
}

/// Whether a path ends with a catch-all parameter. Some documents write `{rest..}`, `{rest:.*}` or
/// `{rest:.+}` instead of `{*rest}`.
fn has_catch_all(path: &str) -> bool {
    path.contains("{*")
        || ["..}", ":.*}", ":.+}"]
            .iter()
            .any(|end| path.ends_with(end))
}

/// Percent-decodes a path, and replaces each parameter with `None`. A parameter's constraint can contain
/// braces, as in `{id:\d{4}}`.
pub(super) fn nameless_path(path: &str) -> Vec<Option<u8>> {
    let mut nameless_path = Vec::with_capacity(path.len());
    let mut brace_depth = 0_usize;
    let path_bytes = path.as_bytes();
    let mut position = 0;
    while let Some(&byte) = path_bytes.get(position) {
        position += 1;
        match byte {
            b'{' => {
                if brace_depth == 0 {
                    nameless_path.push(None);
                }
                brace_depth += 1;
            }
            b'}' if brace_depth > 0 => brace_depth -= 1,
            _ if brace_depth > 0 => {}
            b'%' => match path_bytes
                .get(position..position + 2)
                .and_then(percent_decoded)
            {
                Some(decoded) => {
                    nameless_path.push(Some(decoded));
                    position += 2;
                }
                None => nameless_path.push(Some(byte)),
            },
            byte => nameless_path.push(Some(byte)),
        }
    }
    nameless_path
}

/// Decodes two hexadecimal digits.
fn percent_decoded(digits: &[u8]) -> Option<u8> {
    let mut byte = 0;
    for &digit in digits {
        let digit = char::from(digit).to_digit(16)?;
        byte = byte << 4 | u8::try_from(digit).ok()?;
    }
    Some(byte)
}

#[cfg(test)]
mod tests {
    use super::{OperationRoute, has_catch_all};

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
            let key = |path| OperationRoute::new("GET", path).key();
            assert_eq!(key(one) == key(other), same, "{one} {other}");
        }
        let key = |method| OperationRoute::new(method, "/").key();
        assert_ne!(key("GET"), key("PUT"));
    }

    #[test]
    fn catch_all_parameters_have_several_spellings() {
        for path in ["/a/{*rest}", "/a/{rest..}", "/a/{rest:.*}", "/a/{rest:.+}"] {
            assert!(has_catch_all(path), "{path}");
        }
        for path in ["/a/{rest}", "/a..", r"/a/{id:\d+}"] {
            assert!(!has_catch_all(path), "{path}");
        }
    }
}
