//! Translates web frameworks' paths into templates.

use super::template;
use std::fmt::Write;

/// Rewrites a poem path in actix-web's syntax: `/units/:id/*rest` becomes `/units/{id}/{rest}*`.
pub(super) fn poem_path_in_braces(poem_path: &str) -> String {
    let segments = poem_path.split('/').map(|segment| {
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

/// Translates a rocket path (`/units/<id>/<rest..>?<query>`) or an actix-web path
/// (`/units/{id:\d+}/{rest:.*}`) into a template. The error states why the path can't be translated.
pub(super) fn translate_path(path: &str) -> Result<String, String> {
    let mut template = String::new();
    if path.is_empty() {
        return Err("its path is empty".to_owned());
    }
    if !path.starts_with('/') {
        template.push('/');
    }
    let mut unnamed_parameters = 0;
    let mut remaining_path = path;
    while let Some(start) = remaining_path.find(['{', '<', '?']) {
        let (literal, parameter) = remaining_path.split_at(start);
        template.push_str(literal);
        if parameter.starts_with('?') {
            remaining_path = "";
            break;
        }
        let length = parameter_length(parameter).ok_or("a bracket isn't closed")?;
        let inside_brackets = &parameter[1..length - 1];
        remaining_path = &parameter[length..];
        let (mut parameter_name, mut is_rest) = match inside_brackets.split_once(':') {
            Some((name, pattern)) => (name.trim(), is_rest_pattern(pattern.trim())?),
            None => match inside_brackets.strip_suffix("..") {
                Some(name) => (name, true),
                None => (inside_brackets, false),
            },
        };
        if let Some(after_star) = remaining_path.strip_prefix('*') {
            (is_rest, remaining_path) = (true, after_star);
        }
        let numbered_name;
        if parameter_name == "_" {
            unnamed_parameters += 1;
            if unnamed_parameters > 1 {
                numbered_name = format!("_{unnamed_parameters}");
                parameter_name = &numbered_name;
            }
        }
        let star = if is_rest { "*" } else { "" };
        let _ = write!(template, "{{{star}{parameter_name}}}");
    }
    template.push_str(remaining_path);
    template::check_template(&template).map_err(|error| error.problem)?;
    Ok(template)
}

/// Returns whether the path contains a pattern (actix-web) or a query (rocket). In rocket, a query
/// changes the route's rank.
pub(super) fn has_path_constraint(path: &str) -> bool {
    let mut remaining_path = path;
    while let Some(start) = remaining_path.find(['{', '<', '?']) {
        let parameter = &remaining_path[start..];
        let Some(length) = parameter_length(parameter).filter(|_| !parameter.starts_with('?'))
        else {
            return true;
        };
        let pattern = parameter[1..length - 1].split_once(':');
        if pattern.is_some_and(|(_, pattern)| !matches!(pattern.trim(), "[^/]+" | ".*" | ".+")) {
            return true;
        }
        remaining_path = &parameter[length..];
    }
    false
}

/// Returns the length of the parameter at the start of the path. The parameter's pattern may contain
/// braces, as in `{id:\d{3}}`.
fn parameter_length(path: &str) -> Option<usize> {
    let (open, close) = match path.as_bytes().first()? {
        b'<' => ('<', '>'),
        _ => ('{', '}'),
    };
    let mut depth = 0;
    for (index, character) in path.char_indices() {
        if character == open {
            depth += 1;
        } else if character == close {
            depth -= 1;
            if depth == 0 {
                return Some(index + 1);
            }
        }
    }
    None
}

/// Returns whether an actix-web pattern matches the whole rest of the path, as `.*` does. Returns an
/// error if any other pattern can match more than one segment.
fn is_rest_pattern(pattern: &str) -> Result<bool, String> {
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
    use super::translate_path;

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
            assert_eq!(translate_path(path).as_deref(), Ok(template), "{path}");
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
            let message = translate_path(path).expect_err(path);
            assert!(message.contains(why), "{path}: {message}");
        }
    }
}
