//! Converts a template into actix-web's patterns, which actix-web compares with the decoded path.

use std::fmt::Write;

/// The characters that actix-web leaves percent-encoded in the path of a request.
const KEPT: [u8; 3] = *b"%/+";

/// Returns the patterns that match the same paths as the template.
///
/// `{*rest}` becomes `{rest:.+}`. Literals are decoded as actix-web decodes the path of a request.
/// actix-web keeps three escapes in the client's spelling, so a literal with such an escape gets one
/// pattern with upper-case digits and one with lower-case digits.
pub(crate) fn patterns(template: &str) -> Vec<String> {
    let upper = pattern(template, u8::to_ascii_uppercase);
    let lower = pattern(template, u8::to_ascii_lowercase);
    if upper == lower {
        vec![upper]
    } else {
        vec![upper, lower]
    }
}

fn pattern(template: &str, with_case: fn(&u8) -> u8) -> String {
    let mut pattern = String::new();
    let mut escaped = 0;
    let mut rest = template;
    while let Some((before, parameter)) = rest.split_once('{') {
        let (name, behind) = parameter.split_once('}').unwrap_or((parameter, ""));
        literal(before, with_case, &mut escaped, &mut pattern);
        // Writing to a `String` can't fail.
        let _ = match name.strip_prefix('*') {
            Some(name) => write!(pattern, "{{{name}:.+}}"),
            None => write!(pattern, "{{{name}}}"),
        };
        rest = behind;
    }
    literal(rest, with_case, &mut escaped, &mut pattern);
    pattern
}

/// Appends the decoded literal. actix-web can't escape the special characters of patterns, so each of
/// them becomes a parameter that matches only that character.
fn literal(text: &str, with_case: fn(&u8) -> u8, escaped: &mut u32, to: &mut String) {
    for character in String::from_utf8_lossy(&decoded(text, with_case)).chars() {
        if matches!(character, '{' | '}' | '*') {
            let _ = write!(to, "{{__literal{escaped}:\\x{:02X}}}", u32::from(character));
            *escaped += 1;
        } else {
            to.push(character);
        }
    }
}

fn decoded(text: &str, with_case: fn(&u8) -> u8) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        match (byte, behind) {
            (b'%', [high, low, behind @ ..])
                if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() =>
            {
                rest = behind;
                let byte = (value(*high) << 4) | value(*low);
                if KEPT.contains(&byte) {
                    decoded.extend([b'%', with_case(high), with_case(low)]);
                } else {
                    decoded.push(byte);
                }
            }
            _ => decoded.push(byte),
        }
    }
    decoded
}

/// Returns the value of a hexadecimal digit.
fn value(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20) - b'a' + 10,
    }
}

#[cfg(test)]
mod tests {
    use super::patterns;

    #[test]
    fn templates_become_patterns_of_decoded_paths() {
        for (template, expected) in [
            ("/", "/"),
            ("/units/{id}", "/units/{id}"),
            ("/files/{*rest}", "/files/{rest:.+}"),
            ("/{a}/{*b}", "/{a}/{b:.+}"),
            ("/gr%C3%B6%C3%9Fe.csv", "/größe.csv"),
            ("/gr%c3%b6%c3%9fe/{id}", "/größe/{id}"),
            ("/a%20b", "/a b"),
            ("/100%25", "/100%25"),
            ("/50%", "/50%"),
            ("/%7Bid%7D", r"/{__literal0:\x7B}id{__literal1:\x7D}"),
            ("/all*", r"/all{__literal0:\x2A}"),
            ("/%FF", "/\u{fffd}"),
        ] {
            assert_eq!(patterns(template), [expected], "{template}");
        }
    }

    #[test]
    fn an_escape_that_actix_web_keeps_is_matched_in_either_case() {
        assert_eq!(patterns("/a%2Fb%C3%B6"), ["/a%2Fbö", "/a%2fbö"]);
        assert_eq!(patterns("/a%2b"), ["/a%2B", "/a%2b"]);
    }
}
