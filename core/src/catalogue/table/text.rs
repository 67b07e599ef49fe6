//! Compares texts and templates at compile time.

pub(super) const fn same_bytes(left: &[u8], right: &[u8]) -> bool {
    if left.len() != right.len() {
        return false;
    }
    let mut index = 0;
    while index < left.len() {
        if left[index] != right[index] {
            return false;
        }
        index += 1;
    }
    true
}

pub(super) const fn same_text(left: &str, right: &str) -> bool {
    same_bytes(left.as_bytes(), right.as_bytes())
}

/// Returns whether two templates differ at most in the names of their parameters.
pub(super) const fn same_route(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    let (mut at_left, mut at_right) = (0, 0);
    while at_left < left.len() && at_right < right.len() {
        if left[at_left] != right[at_right] {
            return false;
        }
        if left[at_left] == b'{' && (left[at_left + 1] == b'*') != (right[at_right + 1] == b'*') {
            return false;
        }
        at_left = after(left, at_left);
        at_right = after(right, at_right);
    }
    at_left == left.len() && at_right == right.len()
}

/// Returns the index after the current character. A whole parameter in braces counts as one character.
const fn after(template: &[u8], mut index: usize) -> usize {
    if template[index] == b'{' {
        while template[index] != b'}' {
            index += 1;
        }
    }
    index + 1
}

#[cfg(test)]
mod tests {
    use super::same_route;

    #[test]
    fn same_route_ignores_parameter_names() {
        for (left, right, same) in [
            ("/a/{x}", "/a/{yy}", true),
            ("/a/{x}/b", "/a/{y}/b", true),
            ("/a/{*x}", "/a/{*y}", true),
            ("/a/{x}", "/a/{*x}", false),
            ("/a/{x}", "/a/b", false),
            ("/a/{x}", "/a/{x}/", false),
        ] {
            assert_eq!(same_route(left, right), same, "{left} {right}");
        }
    }
}
