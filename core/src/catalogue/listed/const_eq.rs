//! Functions that compare texts and templates for equality at compile time.

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

/// Returns whether two templates are equal except for their parameter names.
pub(super) const fn same_route(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    let (mut left_index, mut right_index) = (0, 0);
    while left_index < left.len() && right_index < right.len() {
        if left[left_index] != right[right_index] {
            return false;
        }
        if left[left_index] == b'{'
            && (left[left_index + 1] == b'*') != (right[right_index + 1] == b'*')
        {
            return false;
        }
        left_index = next_index(left, left_index);
        right_index = next_index(right, right_index);
    }
    left_index == left.len() && right_index == right.len()
}

/// Returns `index + 1`. If a parameter starts at `index`, returns the index after the parameter's closing
/// brace.
const fn next_index(template: &[u8], mut index: usize) -> usize {
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
