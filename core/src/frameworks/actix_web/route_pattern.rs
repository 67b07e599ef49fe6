//! Converts a path template into route patterns. actix-web compares these patterns with the decoded
//! request path.

use std::fmt::Write;

/// The characters that actix-web leaves percent-encoded in a request's path.
const KEPT_ESCAPES: [u8; 3] = *b"%/+";

/// Returns the patterns that match the same paths as the template.
///
/// `{*rest}` becomes `{rest:.+}`. Literals are decoded in the same way as actix-web decodes a request's
/// path. actix-web doesn't decode the escapes `%25`, `%2F` and `%2B`. If a literal contains such an
/// escape, this function returns two patterns: one with upper-case hexadecimal digits and one with
/// lower-case digits.
pub(crate) fn route_patterns(template: &str) -> Vec<String> {
    let upper = route_pattern(template, u8::to_ascii_uppercase);
    let lower = route_pattern(template, u8::to_ascii_lowercase);
    if upper == lower {
        vec![upper]
    } else {
        vec![upper, lower]
    }
}

fn route_pattern(template: &str, escape_case: fn(&u8) -> u8) -> String {
    let mut pattern = String::new();
    let mut escaped = 0;
    let mut remaining_template = template;
    while let Some((before, parameter)) = remaining_template.split_once('{') {
        let (name, behind) = parameter.split_once('}').unwrap_or((parameter, ""));
        push_literal(before, escape_case, &mut escaped, &mut pattern);
        // Writing to a `String` can't fail.
        let _ = match name.strip_prefix('*') {
            Some(name) => write!(pattern, "{{{name}:.+}}"),
            None => write!(pattern, "{{{name}}}"),
        };
        remaining_template = behind;
    }
    push_literal(remaining_template, escape_case, &mut escaped, &mut pattern);
    pattern
}

/// Appends the decoded literal to the pattern. actix-web's patterns can't escape their special
/// characters, so each special character becomes a parameter that matches only that character.
fn push_literal(text: &str, escape_case: fn(&u8) -> u8, escaped: &mut u32, pattern: &mut String) {
    for character in String::from_utf8_lossy(&decode_literal(text, escape_case)).chars() {
        if matches!(character, '{' | '}' | '*') {
            let _ = write!(
                pattern,
                "{{__literal{escaped}:\\x{:02X}}}",
                u32::from(character)
            );
            *escaped += 1;
        } else {
            pattern.push(character);
        }
    }
}

fn decode_literal(text: &str, escape_case: fn(&u8) -> u8) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut remaining_bytes = text.as_bytes();
    while let Some((&byte, behind)) = remaining_bytes.split_first() {
        remaining_bytes = behind;
        match (byte, behind) {
            (b'%', [high, low, behind @ ..])
                if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() =>
            {
                remaining_bytes = behind;
                let byte = (hex_digit(*high) << 4) | hex_digit(*low);
                if KEPT_ESCAPES.contains(&byte) {
                    decoded.extend([b'%', escape_case(high), escape_case(low)]);
                } else {
                    decoded.push(byte);
                }
            }
            _ => decoded.push(byte),
        }
    }
    decoded
}

/// Returns a hexadecimal digit's value.
fn hex_digit(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20) - b'a' + 10,
    }
}

#[cfg(test)]
mod tests {
    use super::route_patterns;

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
            assert_eq!(route_patterns(template), [expected], "{template}");
        }
    }

    #[test]
    fn an_escape_that_actix_web_keeps_is_matched_in_either_case() {
        assert_eq!(route_patterns("/a%2Fb%C3%B6"), ["/a%2Fbö", "/a%2fbö"]);
        assert_eq!(route_patterns("/a%2b"), ["/a%2B", "/a%2b"]);
    }
}
