//! Translates the paths of web frameworks into templates.

use super::template;
use std::fmt::Write;

/// Rewrites a path of poem, `/units/:id/*rest`, in the syntax of actix-web.
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

/// Translates a path of rocket (`/units/<id>/<rest..>?<query>`) or actix-web
/// (`/units/{id:\d+}/{rest:.*}`) into a template. The error states the reason why
/// a path can't be translated.
pub(super) fn translate(path: &str) -> Result<String, String> {
    let mut template = String::new();
    if path.is_empty() {
        return Err("its path is empty".to_owned());
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
        let length = length_of_parameter(parameter).ok_or("a bracket isn't closed")?;
        let inner = &parameter[1..length - 1];
        rest = &parameter[length..];
        let (mut name, mut takes_rest) = match inner.split_once(':') {
            Some((name, pattern)) => (name.trim(), takes_rest(pattern.trim())?),
            None => match inner.strip_suffix("..") {
                Some(name) => (name, true),
                None => (inner, false),
            },
        };
        if let Some(after) = rest.strip_prefix('*') {
            (takes_rest, rest) = (true, after);
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
    template::check(&template).map_err(|error| error.problem)?;
    Ok(template)
}

/// Whether an actix-web path has a pattern, or a rocket path has a query. A query changes the route's
/// rank in rocket.
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

/// Returns the length of the parameter at the start. Its pattern may contain brackets: `{id:\d{3}}`.
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

/// Whether a pattern of actix-web matches the rest of the path. Other patterns must match one segment.
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
    use super::translate;

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
    fn untranslatable_paths_are_refused() {
        for (path, why) in [
            ("", "empty"),
            ("/units/<id", "isn't closed"),
            ("/{a}-{b}", "at the end of its segment"),
            ("/{file}.json", "at the end of its segment"),
            ("/{a:.*}/b", "must be the last segment"),
            ("/{a:x/y}", "more than one segment"),
            ("/{a:x.*}", "more than one segment"),
        ] {
            let message = translate(path).expect_err(path);
            assert!(message.contains(why), "{path}: {message}");
        }
    }
}
