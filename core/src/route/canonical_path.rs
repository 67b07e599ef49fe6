//! Converts percent-encoded paths to a canonical spelling: `/%63af%c3%a9` becomes `/caf%C3%A9`. Paths
//! are compared in this spelling.

use std::borrow::Cow;

/// Returns whether clients send this byte unescaped in a path. Clients that follow the URL standard
/// escape all other bytes. In the macros, `template.rs` contains the same list of bytes.
pub(crate) fn is_literal(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"/-._~!$&'()*+,;=:@[]|".contains(&byte)
}

/// Returns whether the path contains an escape or a non-ASCII character.
pub(crate) fn is_escaped(path: &[u8]) -> bool {
    path.iter().any(|&byte| byte == b'%' || !byte.is_ascii())
}

/// Decodes every escape in the path, such as `%63` for `c`. Then escapes only the bytes that must be
/// escaped, with upper-case digits: `%c3` becomes `%C3`. An escaped `/` stays escaped, as `%2F`.
/// Returns `None` if an escape is malformed.
pub(crate) fn canonical(path: &str) -> Option<Cow<'_, str>> {
    let bytes = path.as_bytes();
    let Some(first_escaped) = bytes.iter().position(|&byte| !is_literal(byte)) else {
        return Some(Cow::Borrowed(path));
    };
    let mut canonical = String::with_capacity(path.len() + 8);
    canonical.push_str(&path[..first_escaped]);
    let mut undecoded = &bytes[first_escaped..];
    while let Some((&byte, after_byte)) = undecoded.split_first() {
        let (decoded, after_escape) = match (byte, after_byte) {
            (b'%', [high, low, after_escape @ ..]) => {
                (hex_digit(*high)? * 16 + hex_digit(*low)?, after_escape)
            }
            (b'%', _) => return None,
            _ => (byte, after_byte),
        };
        undecoded = after_escape;
        if is_literal(decoded) && (decoded != b'/' || byte == b'/') {
            canonical.push(char::from(decoded));
        } else {
            const HEX_DIGITS: &[u8; 16] = b"0123456789ABCDEF";
            canonical.push('%');
            canonical.push(char::from(HEX_DIGITS[usize::from(decoded >> 4)]));
            canonical.push(char::from(HEX_DIGITS[usize::from(decoded & 0xf)]));
        }
    }
    Some(if canonical == path {
        Cow::Borrowed(path)
    } else {
        Cow::Owned(canonical)
    })
}

fn hex_digit(byte: u8) -> Option<u8> {
    let digit = char::from(byte).to_digit(16)?;
    u8::try_from(digit).ok()
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn equal_paths_have_one_spelling() {
        for (path, expected) in [
            ("/", Some("/")),
            ("/units/7", Some("/units/7")),
            ("/gr%c3%b6%C3%9fe.csv", Some("/gr%C3%B6%C3%9Fe.csv")),
            ("/größe.csv", Some("/gr%C3%B6%C3%9Fe.csv")),
            ("/%61dm%49n", Some("/admIn")),
            ("/%40ada/a%2Bb", Some("/@ada/a+b")),
            ("/a%2fb%25", Some("/a%2Fb%25")),
            ("/{x}/\"|^", Some("/%7Bx%7D/%22|%5E")),
            ("/%FF", Some("/%FF")),
            ("/a%", None),
            ("/a%4", None),
            ("/a%zz", None),
            ("/%+1", None),
            ("/%é", None),
        ] {
            assert_eq!(canonical(path).as_deref(), expected, "{path}");
        }
    }
}
