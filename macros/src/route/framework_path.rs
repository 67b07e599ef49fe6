//! Paths as web frameworks write them, as templates.

use super::template;
use std::fmt::Write;
use syn::LitStr;

/// The template behind the prefix of a scope and the `prefix_path` of a block.
pub(super) fn behind(
    [prefix, prefix_path]: [Option<&LitStr>; 2],
    mut template: String,
) -> Result<String, String> {
    // Joined as poem-openapi does.
    if let Some(block) = prefix_path {
        let block = in_braces(block.value().trim_matches('/'));
        if template == "/" {
            template.clear();
        }
        template.insert_str(0, &block);
        if !template.starts_with('/') {
            template.insert(0, '/');
        }
    }
    if let Some(prefix) = prefix {
        if template == "/" {
            return Err(
                "frameworks differ in what `/` is behind a prefix: with or without a slash at its end"
                    .to_owned(),
            );
        }
        template.insert_str(0, &prefix.value());
    }
    template::check(&template)?;
    Ok(template)
}

/// A route of poem, `/units/:id/*rest`, as actix-web would write it.
pub(super) fn in_braces(path: &str) -> String {
    let segments = path.split('/').map(|segment| {
        if let Some(name) = segment.strip_prefix(':') {
            format!("{{{name}}}")
        } else if let Some(name) = segment.strip_prefix('*') {
            format!("{{{name}}}*")
        } else {
            segment.to_owned()
        }
    });
    segments.collect::<Vec<_>>().join("/")
}

/// A route of rocket (`/units/<id>/<rest..>?<query>`) or actix-web (`/units/{id:\d+}/{rest:.*}`) as
/// a template.
pub(super) fn translate(path: &str) -> Result<String, String> {
    let mut template = String::new();
    if path.is_empty() {
        return Err("it is empty, so it is a part of a longer one".to_owned());
    }
    if !path.starts_with('/') {
        template.push('/');
    }
    let mut unnamed = 0;
    let mut rest = path;
    while let Some(at) = rest.find(['{', '<', '?']) {
        let (before, parameter) = rest.split_at(at);
        template.push_str(before);
        if parameter.starts_with('?') {
            rest = "";
            break;
        }
        let length = length_of_parameter(parameter).ok_or("a bracket in it is not closed")?;
        let inner = &parameter[1..length - 1];
        rest = &parameter[length..];
        let (mut name, mut takes_rest) = match inner.split_once(':') {
            Some((name, pattern)) => (name.trim(), takes_rest(pattern.trim())?),
            None => match inner.strip_suffix("..") {
                Some(name) => (name, true),
                None => (inner, false),
            },
        };
        if let Some(behind) = rest.strip_prefix('*') {
            (takes_rest, rest) = (true, behind);
        }
        let numbered;
        if name == "_" {
            unnamed += 1;
            if unnamed > 1 {
                numbered = format!("_{unnamed}");
                name = &numbered;
            }
        }
        let star = if takes_rest { "*" } else { "" };
        let _ = write!(template, "{{{star}{name}}}");
    }
    template.push_str(rest);
    template::check(&template)?;
    Ok(template)
}

/// Whether a path of actix-web has a pattern, or one of rocket a query. With a query, rocket ranks the
/// route differently.
pub(super) fn has_constraint(path: &str) -> bool {
    let mut rest = path;
    while let Some(at) = rest.find(['{', '<', '?']) {
        let parameter = &rest[at..];
        let Some(length) = length_of_parameter(parameter).filter(|_| !parameter.starts_with('?'))
        else {
            return true;
        };
        let pattern = parameter[1..length - 1].split_once(':');
        if pattern.is_some_and(|(_, pattern)| !matches!(pattern.trim(), "[^/]+" | ".*" | ".+")) {
            return true;
        }
        rest = &parameter[length..];
    }
    false
}

/// A pattern may have brackets of its own: `{id:\d{3}}`.
fn length_of_parameter(text: &str) -> Option<usize> {
    let (open, close) = match text.as_bytes().first()? {
        b'<' => ('<', '>'),
        _ => ('{', '}'),
    };
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        if c == open {
            depth += 1;
        } else if c == close {
            depth -= 1;
            if depth == 0 {
                return Some(at + 1);
            }
        }
    }
    None
}

/// Whether a pattern of actix-web takes all segments that follow; else it must take one.
fn takes_rest(pattern: &str) -> Result<bool, String> {
    match pattern {
        ".*" | ".+" => Ok(true),
        _ if pattern.contains(".*")
            || pattern.contains(".+")
            || pattern.replace("[^/", "").contains('/') =>
        {
            Err(format!("`{pattern}` can match more than one segment"))
        }
        _ => Ok(false),
    }
}

#[cfg(test)]
mod tests {
    use super::{behind, translate};
    use syn::LitStr;

    #[test]
    fn routes_of_every_framework_are_translated() {
        for (path, template) in [
            ("/", "/"),
            ("/units", "/units"),
            ("units", "/units"),
            ("/units/<id>", "/units/{id}"),
            ("/units/<id>?<page>&<size..>", "/units/{id}"),
            ("/units?open", "/units"),
            ("/files/<path..>", "/files/{*path}"),
            ("/a/<_>/<_>/<_..>", "/a/{_}/{_2}/{*_3}"),
            ("/units/{id}", "/units/{id}"),
            (r"/units/{id:\d+}", "/units/{id}"),
            (r"/units/{id:\d{3}}/notes", "/units/{id}/notes"),
            ("/units/{id:[^/]+}", "/units/{id}"),
            ("/files/{tail:.*}", "/files/{*tail}"),
            ("/files/{tail}*", "/files/{*tail}"),
            ("/@{user}", "/@{user}"),
        ] {
            assert_eq!(translate(path).as_deref(), Ok(template), "{path}");
        }
    }

    #[test]
    fn routes_that_no_template_can_say_are_refused() {
        for (path, why) in [
            ("", "empty"),
            ("/units/<id", "not closed"),
            ("/{a}-{b}", "ends its segment"),
            ("/{file}.json", "ends its segment"),
            ("/{a:.*}/b", "nothing can follow"),
            ("/{a:x/y}", "more than one segment"),
            ("/{a:x.*}", "more than one segment"),
        ] {
            let message = translate(path).expect_err(path);
            assert!(message.contains(why), "{path}: {message}");
        }
    }

    #[test]
    fn prefixes_are_put_in_front() {
        let literal = |text| LitStr::new(text, proc_macro2::Span::call_site());
        for (prefix, block, template, expected) in [
            (Some("/v1"), None, "/a", Ok("/v1/a")),
            (None, Some("/users"), "/{id}", Ok("/users/{id}")),
            (None, Some("users/:id/"), "/a", Ok("/users/{id}/a")),
            (None, Some("/users"), "/", Ok("/users")),
            (None, Some("/"), "/a", Ok("/a")),
            (None, Some(""), "/", Ok("/")),
            (Some("/v1"), Some("/users"), "/", Ok("/v1/users")),
            (Some("/{a}"), None, "/{a}", Err("stands twice")),
            (Some("/v1"), None, "/", Err("behind a prefix")),
        ] {
            let (prefix, block) = (prefix.map(literal), block.map(literal));
            let found = behind([prefix.as_ref(), block.as_ref()], template.to_owned());
            match expected {
                Ok(expected) => assert_eq!(found.as_deref(), Ok(expected)),
                Err(why) => assert!(found.expect_err(why).contains(why)),
            }
        }
    }
}
