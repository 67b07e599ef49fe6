//! The rules for route templates such as `/units/{id}/notes/{*rest}`.

use std::fmt::{self, Write as _};

/// The maximum length, in bytes, of each text in an endpoint's record, such as the name or the
/// template. A longer text doesn't fit into the record.
pub(crate) const LONGEST_TEXT: usize = 30_000;

/// The maximum length, in bytes, of the text in front of a parameter, such as `@` in `@{user}`. The
/// route index stores this length in one byte.
const LONGEST_SEGMENT_PREFIX: usize = 250;

/// A mistake in a template.
#[derive(Debug, PartialEq)]
pub(crate) struct TemplateError {
    pub(crate) problem: String,
    fix: String,
}

impl TemplateError {
    fn new(problem: impl Into<String>, fix: impl Into<String>) -> Self {
        let (problem, fix) = (problem.into(), fix.into());
        Self { problem, fix }
    }
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.problem, self.fix)
    }
}

/// Checks that a template is valid.
pub(crate) fn check_template(template: &str) -> Result<(), TemplateError> {
    if template.is_empty() {
        return Err(TemplateError::new(
            "a route must not be empty",
            "write \"/\" for the root",
        ));
    }
    if !template.starts_with('/') {
        return Err(TemplateError::new(
            "a route must start with `/`",
            format!("write \"/{}\"", template.trim_start_matches('/')),
        ));
    }
    if let Some(bad_character) = template
        .chars()
        .find(|&character| character.is_whitespace() || character.is_control())
    {
        return Err(TemplateError::new(
            format!("a route must not contain {bad_character:?}"),
            "percent-encode or remove it",
        ));
    }
    if let Some(query_start) = template.find(['?', '#']) {
        return Err(TemplateError::new(
            "a route must not contain a query or a fragment",
            format!("remove `{}`", &template[query_start..]),
        ));
    }
    if template.len() > LONGEST_TEXT {
        return Err(TemplateError::new(
            format!("a route must have at most {LONGEST_TEXT} bytes"),
            "shorten it",
        ));
    }
    let (mut parameter_names, mut canonical_template) = (Vec::new(), String::new());
    let mut segments = template[1..].split('/').peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        if segment.is_empty() && !is_last {
            // Rejects the template, because some servers remove empty segments: `/units//notes` becomes
            // `/units/notes`.
            return Err(TemplateError::new(
                "a route must not contain an empty segment",
                "remove a `/`",
            ));
        }
        // Only the literal part must be percent-encoded, because clients don't send the names of
        // parameters.
        let (literal, parameter_part) =
            segment.split_at(segment.find('{').unwrap_or(segment.len()));
        let literal = canonical_literal(literal);
        if parameter_part.is_empty() && matches!(literal.as_str(), "." | "..") {
            return Err(TemplateError::new(
                format!("the segment `{segment}` never matches, because clients resolve it"),
                "write the path without it",
            ));
        }
        if let Some(name) = parameter_name(segment, is_last)? {
            if parameter_names.contains(&name) {
                return Err(TemplateError::new(
                    format!("the parameter `{{{name}}}` occurs twice in this route"),
                    "rename one of them",
                ));
            }
            parameter_names.push(name);
        }
        canonical_template.extend(["/", &literal, parameter_part]);
    }
    if canonical_template == template {
        return Ok(());
    }
    Err(TemplateError::new(
        "clients percent-encode this route differently",
        format!("write {canonical_template:?}"),
    ))
}

/// Returns a valid stand-in for an invalid template. The mistake in the template has already been
/// reported. Templates that differ in their first 100 bytes have different stand-ins.
pub(crate) fn stand_in(invalid_template: &str) -> String {
    // Keeps the stand-in short, because the compiler builds the route index, and long templates would
    // slow this down.
    let bytes = invalid_template.bytes().take(100);
    let mut stand_in = "/invalid-".to_owned();
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(stand_in, "{byte:02x}");
    }
    stand_in
}

/// Returns a literal in the form that clients send, such as `caf%C3%A9`: percent-encoded only where
/// necessary, with upper-case digits. The `tiergate` crate normalises request paths in the same way.
fn canonical_literal(literal: &str) -> String {
    let mut canonical = String::new();
    let mut remaining_bytes = literal.as_bytes();
    while let Some((&byte, after)) = remaining_bytes.split_first() {
        let digits_start = literal.len() - after.len();
        let hex_digits = literal.get(digits_start..digits_start + 2);
        let escaped_byte = hex_digits
            .filter(|_| byte == b'%')
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        remaining_bytes = if escaped_byte.is_some() {
            &after[2..]
        } else {
            after
        };
        let decoded = escaped_byte.unwrap_or(byte);
        if decoded.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@[]|".contains(&decoded) {
            canonical.push(char::from(decoded));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(canonical, "%{decoded:02X}");
        }
    }
    canonical
}

/// Returns the name of the parameter in a segment, if the segment contains a parameter.
fn parameter_name(segment: &str, is_last: bool) -> Result<Option<&str>, TemplateError> {
    let not_in_braces = |fix| TemplateError::new("a parameter must be in braces", fix);
    if let Some(name) = segment.strip_prefix(':') {
        let fix = format!("write `{{{name}}}` instead of `:{name}`");
        return Err(not_in_braces(fix));
    }
    if let Some(name) = segment.strip_prefix('*') {
        let suggested_name = if name.is_empty() { "rest" } else { name };
        let fix = format!("write `{{*{suggested_name}}}` instead of `*{name}`");
        return Err(not_in_braces(fix));
    }
    let unmatched_brace = |found: char, missing: char| {
        TemplateError::new(
            format!("the segment `{segment}` contains `{found}` without `{missing}`"),
            format!("add `{missing}`, or remove `{found}`"),
        )
    };
    let Some(open) = segment.find('{') else {
        return match segment.find('}') {
            Some(_) => Err(unmatched_brace('}', '{')),
            None => Ok(None),
        };
    };
    if segment[..open].contains('}') {
        return Err(unmatched_brace('}', '{'));
    }
    let after_brace = &segment[open + 1..];
    let close = after_brace
        .find('}')
        .ok_or_else(|| unmatched_brace('{', '}'))?;
    let (name, after_parameter) = (&after_brace[..close], &after_brace[close + 1..]);
    let (is_rest, bare_name) = match name.strip_prefix('*') {
        Some(bare_name) => (true, bare_name),
        None => (false, name),
    };
    let bad_character = |bad: char| {
        TemplateError::new(
            format!("the name of a parameter must not contain {bad:?}"),
            "use letters, digits, `_` and `-`",
        )
    };
    if name.contains('{') {
        return Err(bad_character('{'));
    }
    if !after_parameter.is_empty() {
        return Err(TemplateError::new(
            "a parameter must be at the end of its segment",
            format!("move `{after_parameter}` in front of the parameter or into another segment"),
        ));
    }
    if bare_name.is_empty() {
        let example = if is_rest { "{*rest}" } else { "{id}" };
        return Err(TemplateError::new(
            format!("the parameter in `{segment}` has no name"),
            format!("write `{example}`"),
        ));
    }
    let is_name_character = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    if let Some(bad) = bare_name.chars().find(|&c| !is_name_character(c)) {
        return Err(bad_character(bad));
    }
    if open > LONGEST_SEGMENT_PREFIX {
        return Err(TemplateError::new(
            format!(
                "a segment must have at most {LONGEST_SEGMENT_PREFIX} bytes before its parameter"
            ),
            "move the parameter into another segment",
        ));
    }
    if is_rest && open > 0 {
        return Err(TemplateError::new(
            format!("`{{{name}}}` must be a whole segment"),
            "add a `/` in front of it",
        ));
    }
    if is_rest && !is_last {
        return Err(TemplateError::new(
            format!("`{{{name}}}` must be the last segment"),
            "remove the segments after it",
        ));
    }
    Ok(Some(bare_name))
}

#[cfg(test)]
mod tests {
    use super::check_template;

    #[test]
    fn good_templates() {
        for good in [
            "/",
            "/units",
            "/units/",
            "/units/{id}",
            "/units/{id}/notes/{note_id}",
            "/files/{*rest}",
            "/@{user}",
            "/a.b~c-d/%7Bx",
            "/gr%C3%B6%C3%9Fe/{größe}",
            "/a;b=1/(c)+[d]|'e'!$&*,:@",
            "/a%2Fb%25/...",
        ] {
            assert_eq!(check_template(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn a_template_fits_into_the_index() {
        let long = |prefix: usize, rest: usize| {
            check_template(&format!("/{:a<prefix$}{{x}}/{:b<rest$}", "", ""))
        };
        assert_eq!(long(250, 20_000), Ok(()));
        assert!(
            long(251, 0).is_err_and(|message| message.to_string().contains("at most 250 bytes"))
        );
        assert!(
            long(0, 30_000)
                .is_err_and(|message| message.to_string().contains("at most 30000 bytes"))
        );
    }

    #[test]
    fn bad_templates_say_why() {
        for (bad, why) in [
            ("", "empty"),
            ("units", "must start with `/`"),
            ("/a b", "must not contain"),
            ("/größe/{größe}", "write \"/gr%C3%B6%C3%9Fe/{größe}\""),
            ("/gr%c3%b6", "write \"/gr%C3%B6\""),
            ("/%61%2fb/{x}", "write \"/a%2Fb/{x}\""),
            ("/100%", "write \"/100%25\""),
            ("/100%é/{é}", "write \"/100%25%C3%A9/{é}\""),
            ("/%4", "write \"/%254\""),
            ("/a\"b\\c", "write \"/a%22b%5Cc\""),
            ("/a//b", "an empty segment"),
            ("//", "an empty segment"),
            ("/a/../b", "never matches"),
            ("/a/%2e", "never matches"),
            ("/a?x=1", "query or a fragment"),
            ("/a#b", "query or a fragment"),
            ("/{id", "without `}`"),
            ("/id}", "without `{`"),
            ("/}x{id}", "without `{`"),
            ("/{a{b}}", "must not contain '{'"),
            ("/{}", "has no name"),
            ("/{*}", "has no name"),
            ("/{id}/{id}", "occurs twice"),
            ("/{id}/{*id}", "occurs twice"),
            ("/{*rest}/x", "must be the last segment"),
            ("/x{*rest}", "must be a whole segment"),
            ("/{id}.json", "at the end of its segment"),
            ("/{a}{b}", "at the end of its segment"),
            ("/:id", "in braces"),
            ("/*rest", "in braces"),
            ("/{a b}", "must not contain"),
            ("/{a!}", "the name of a parameter must not contain"),
        ] {
            let message = check_template(bad).expect_err(bad).to_string();
            assert!(message.contains(why), "{bad}: {message}");
        }
    }
}
