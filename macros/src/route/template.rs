//! The rules for route templates such as `/units/{id}/notes/{*rest}`.

use std::fmt::Write as _;

/// The largest length of a name or a template in bytes. Longer ones don't fit into the registry.
pub(crate) const LONGEST: usize = 30_000;

/// The largest length of the text before a parameter in its segment. Longer text doesn't fit into the
/// index.
const LONGEST_PREFIX: usize = 250;

/// Checks a template. The error states what is wrong and what to write.
pub(crate) fn check(template: &str) -> Result<(), String> {
    if template.is_empty() {
        return Err("a route must not be empty; the shortest route is \"/\"".to_owned());
    }
    if !template.starts_with('/') {
        return Err(format!(
            "a route must start with `/`; write \"/{}\"",
            template.trim_start_matches('/')
        ));
    }
    if let Some(bad) = template
        .chars()
        .find(|&c| c.is_whitespace() || c.is_control())
    {
        return Err(format!(
            "a route must not contain {bad:?}; percent-encode or remove it"
        ));
    }
    if let Some(at) = template.find(['?', '#']) {
        return Err(format!(
            "a route must be a path only; remove `{}`, which servers don't match",
            &template[at..]
        ));
    }
    if template.len() > LONGEST {
        return Err(format!(
            "a route must have at most {LONGEST} bytes; shorten it"
        ));
    }
    let (mut names, mut spelled) = (Vec::new(), String::new());
    let mut segments = template[1..].split('/').peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        if segment.is_empty() && !is_last {
            return Err(
                "a route must not have an empty segment, because some servers remove it; remove a `/`".to_owned(),
            );
        }
        // Clients don't send the names of parameters, so those need no encoding.
        let (literal, parameter_part) =
            segment.split_at(segment.find('{').unwrap_or(segment.len()));
        let literal = canonical(literal);
        if parameter_part.is_empty() && matches!(literal.as_str(), "." | "..") {
            return Err(format!(
                "clients resolve the segment `{segment}` before they send a path, so this route never matches; write the path without it"
            ));
        }
        if let Some(name) = parameter(segment, is_last)? {
            if names.contains(&name) {
                return Err(format!(
                    "the parameter `{{{name}}}` occurs twice in this route; rename one of them"
                ));
            }
            names.push(name);
        }
        spelled.extend(["/", &literal, parameter_part]);
    }
    if spelled == template {
        return Ok(());
    }
    Err(format!(
        "a route must be written as clients send it, percent-encoded in upper case and only where necessary; write {spelled:?}"
    ))
}

/// Returns a valid stand-in for an invalid template, so that nothing reports the same mistake again.
/// Different templates have different stand-ins.
pub(crate) fn in_place_of(template: &str) -> String {
    // A short stand-in keeps the index cheap to build.
    let bytes = template.bytes().take(100);
    let mut route = "/invalid-".to_owned();
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(route, "{byte:02x}");
    }
    route
}

/// Returns a literal as clients send it: percent-encoded only where necessary, in upper case. The
/// library normalises request paths in the same way.
fn canonical(literal: &str) -> String {
    let mut canonical = String::new();
    let mut rest = literal.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let escaped = literal.len() - after.len();
        let escaped = literal.get(escaped..escaped + 2).filter(|_| byte == b'%');
        let escaped = escaped
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        rest = if escaped.is_some() {
            &after[2..]
        } else {
            after
        };
        let decoded = escaped.unwrap_or(byte);
        if decoded.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@[]|".contains(&decoded) {
            canonical.push(char::from(decoded));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(canonical, "%{decoded:02X}");
        }
    }
    canonical
}

/// Returns the name of the parameter in a segment.
fn parameter(segment: &str, is_last: bool) -> Result<Option<&str>, String> {
    if let Some(name) = segment.strip_prefix(':') {
        return Err(format!(
            "route parameters are written in braces; write `{{{name}}}` instead of `:{name}`"
        ));
    }
    if let Some(name) = segment.strip_prefix('*') {
        return Err(format!(
            "a parameter for the rest of the path is written in braces; write `{{*{}}}` instead of `*{name}`",
            if name.is_empty() { "rest" } else { name }
        ));
    }
    let Some(open) = segment.find('{') else {
        return match segment.find('}') {
            Some(_) => Err(format!(
                "`}}` without `{{` in `{segment}`; add `{{`, or remove `}}`"
            )),
            None => Ok(None),
        };
    };
    if segment[..open].contains('}') {
        return Err(format!(
            "`}}` without `{{` in `{segment}`; add `{{`, or remove `}}`"
        ));
    }
    let inner = &segment[open + 1..];
    let Some(close) = inner.find('}') else {
        return Err(format!(
            "`{{` without `}}` in `{segment}`; add `}}`, or remove `{{`"
        ));
    };
    let (name, after) = (&inner[..close], &inner[close + 1..]);
    if name.contains('{') {
        return Err(format!("`{{` inside a parameter in `{segment}`; remove it"));
    }
    if !after.is_empty() {
        return Err(format!(
            "a parameter must end its segment; move `{after}` in `{segment}` in front of the parameter or into another segment"
        ));
    }
    let rest_name = name.strip_prefix('*');
    if rest_name.unwrap_or(name).is_empty() {
        return Err(format!(
            "the parameter in `{segment}` has no name; write `{}`",
            if rest_name.is_some() {
                "{*rest}"
            } else {
                "{id}"
            }
        ));
    }
    if let Some(bad) = rest_name
        .unwrap_or(name)
        .chars()
        .find(|&c| !c.is_alphanumeric() && c != '_' && c != '-')
    {
        return Err(format!(
            "the name of a parameter must not contain {bad:?}; use letters, digits, `_` and `-`"
        ));
    }
    if open > LONGEST_PREFIX {
        return Err(format!(
            "a segment must have at most {LONGEST_PREFIX} bytes before its parameter; move the parameter into another segment"
        ));
    }
    if rest_name.is_some() && open > 0 {
        return Err(format!(
            "`{{{name}}}` matches the rest of the path, so it must be a whole segment; add a `/` in front of it"
        ));
    }
    if rest_name.is_some() && !is_last {
        return Err(format!(
            "`{{{name}}}` matches the rest of the path, so nothing can follow it; remove what follows"
        ));
    }
    Ok(Some(rest_name.unwrap_or(name)))
}

#[cfg(test)]
mod tests {
    use super::check;

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
            assert_eq!(check(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn a_template_fits_into_the_index() {
        let long =
            |prefix: usize, rest: usize| check(&format!("/{:a<prefix$}{{x}}/{:b<rest$}", "", ""));
        assert_eq!(long(250, 20_000), Ok(()));
        assert!(long(251, 0).is_err_and(|message| message.contains("at most 250 bytes")));
        assert!(long(0, 30_000).is_err_and(|message| message.contains("at most 30000 bytes")));
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
            ("/a?x=1", "path only"),
            ("/a#b", "path only"),
            ("/{id", "without `}`"),
            ("/id}", "without `{`"),
            ("/}x{id}", "without `{`"),
            ("/{a{b}}", "inside a parameter"),
            ("/{}", "has no name"),
            ("/{*}", "has no name"),
            ("/{id}/{id}", "occurs twice"),
            ("/{id}/{*id}", "occurs twice"),
            ("/{*rest}/x", "nothing can follow"),
            ("/x{*rest}", "must be a whole segment"),
            ("/{id}.json", "must end its segment"),
            ("/{a}{b}", "must end its segment"),
            ("/:id", "in braces"),
            ("/*rest", "in braces"),
            ("/{a b}", "must not contain"),
            ("/{a!}", "the name of a parameter must not contain"),
        ] {
            let message = check(bad).expect_err(bad);
            assert!(message.contains(why), "{bad}: {message}");
        }
    }
}
