//! The rules of a route template: `/units/{id}/notes/{*rest}`.

use std::fmt::Write as _;

/// A name or a route of more bytes would not fit into the registry.
pub(crate) const LONGEST: usize = 30_000;

/// What stands before a parameter in its segment, if it is longer, would not fit into the index.
const LONGEST_PREFIX: usize = 250;

/// What is wrong with a template, and what to write instead.
pub(crate) fn check(template: &str) -> Result<(), String> {
    if template.is_empty() {
        return Err("the route is empty; the shortest route is \"/\"".to_owned());
    }
    if !template.starts_with('/') {
        return Err(format!(
            "a route starts with `/`: write \"/{}\"",
            template.trim_start_matches('/')
        ));
    }
    if let Some(bad) = template
        .chars()
        .find(|&c| c.is_whitespace() || c.is_control())
    {
        return Err(format!(
            "a route cannot contain {bad:?}; write it percent-encoded, or remove it"
        ));
    }
    if let Some(at) = template.find(['?', '#']) {
        return Err(format!(
            "a route is a path only; remove `{}`, which is never part of what is matched",
            &template[at..]
        ));
    }
    if template.len() > LONGEST {
        return Err(format!("a route has at most {LONGEST} bytes; shorten it"));
    }
    let (mut names, mut spelled) = (Vec::new(), String::new());
    let mut segments = template[1..].split('/').peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        if segment.is_empty() && !is_last {
            return Err(
                "a route has no empty segment, which some servers remove; remove a `/`".to_owned(),
            );
        }
        // The name of a parameter is never sent.
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
                    "the parameter `{{{name}}}` stands twice in this route; give each its own name"
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
        "a route is written as clients send it, percent-encoded in upper case and only where necessary: write {spelled:?}"
    ))
}

/// A valid route for the record of a handler whose own route is wrong, so that nothing reports the
/// same mistake again. Another mistake gives another route.
pub(crate) fn in_place_of(template: &str) -> String {
    // What the compiler reads while it builds the index should not be long.
    let bytes = template.bytes().take(100);
    let mut route = "/invalid-".to_owned();
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(route, "{byte:02x}");
    }
    route
}

/// The spelling in which clients send a literal: the escapes that are necessary, in upper case. The
/// library's `spelling.rs` compares paths with it.
fn canonical(literal: &str) -> String {
    let mut canonical = String::new();
    let mut rest = literal.as_bytes();
    while let Some((&byte, behind)) = rest.split_first() {
        let escaped = literal.len() - behind.len();
        let escaped = literal.get(escaped..escaped + 2).filter(|_| byte == b'%');
        let escaped = escaped
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        rest = if escaped.is_some() {
            &behind[2..]
        } else {
            behind
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

/// The name of the segment's parameter, if it has one.
fn parameter(segment: &str, is_last: bool) -> Result<Option<&str>, String> {
    if let Some(name) = segment.strip_prefix(':') {
        return Err(format!(
            "a route parameter is written in braces: `{{{name}}}`, not `:{name}`"
        ));
    }
    if let Some(name) = segment.strip_prefix('*') {
        return Err(format!(
            "a parameter for the rest of the path is written in braces: `{{*{}}}`, not `*{name}`",
            if name.is_empty() { "rest" } else { name }
        ));
    }
    let Some(open) = segment.find('{') else {
        return match segment.find('}') {
            Some(_) => Err(format!("`}}` without `{{` in `{segment}`")),
            None => Ok(None),
        };
    };
    if segment[..open].contains('}') {
        return Err(format!("`}}` without `{{` in `{segment}`"));
    }
    let inner = &segment[open + 1..];
    let Some(close) = inner.find('}') else {
        return Err(format!("`{{` without `}}` in `{segment}`"));
    };
    let (name, behind) = (&inner[..close], &inner[close + 1..]);
    if name.contains('{') {
        return Err(format!("`{{` inside of a parameter in `{segment}`"));
    }
    if !behind.is_empty() {
        return Err(format!(
            "a parameter ends its segment; move `{behind}` in `{segment}` before the parameter or into a segment of its own"
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
            "{bad:?} cannot stand in the name of a parameter; use letters, digits and `_`"
        ));
    }
    if open > LONGEST_PREFIX {
        return Err(format!(
            "before a parameter, a segment has at most {LONGEST_PREFIX} bytes; move the parameter into a segment of its own"
        ));
    }
    if rest_name.is_some() && open > 0 {
        return Err(format!(
            "`{{{name}}}` takes the rest of the path, so it is a segment of its own"
        ));
    }
    if rest_name.is_some() && !is_last {
        return Err(format!(
            "`{{{name}}}` takes the rest of the path, so nothing can follow it"
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
            ("units", "starts with `/`"),
            ("/a b", "cannot contain"),
            ("/größe/{größe}", "write \"/gr%C3%B6%C3%9Fe/{größe}\""),
            ("/gr%c3%b6", "write \"/gr%C3%B6\""),
            ("/%61%2fb/{x}", "write \"/a%2Fb/{x}\""),
            ("/100%", "write \"/100%25\""),
            ("/100%é/{é}", "write \"/100%25%C3%A9/{é}\""),
            ("/%4", "write \"/%254\""),
            ("/a\"b\\c", "write \"/a%22b%5Cc\""),
            ("/a//b", "no empty segment"),
            ("//", "no empty segment"),
            ("/a/../b", "never matches"),
            ("/a/%2e", "never matches"),
            ("/a?x=1", "path only"),
            ("/a#b", "path only"),
            ("/{id", "without `}`"),
            ("/id}", "without `{`"),
            ("/}x{id}", "without `{`"),
            ("/{a{b}}", "inside of a parameter"),
            ("/{}", "has no name"),
            ("/{*}", "has no name"),
            ("/{id}/{id}", "stands twice"),
            ("/{id}/{*id}", "stands twice"),
            ("/{*rest}/x", "nothing can follow"),
            ("/x{*rest}", "segment of its own"),
            ("/{id}.json", "ends its segment"),
            ("/{a}{b}", "ends its segment"),
            ("/:id", "in braces"),
            ("/*rest", "in braces"),
            ("/{a b}", "cannot contain"),
            ("/{a!}", "cannot stand in the name"),
        ] {
            let message = check(bad).expect_err(bad);
            assert!(message.contains(why), "{bad}: {message}");
        }
    }
}
