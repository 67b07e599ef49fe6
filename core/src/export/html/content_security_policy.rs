//! The page's content security policies.

macro_rules! content_security_policy {
    ($style_source:literal) => {
        concat!(
            "default-src 'none'; img-src data:; style-src ",
            $style_source,
            "; script-src 'sha256-Mt5ZuOapO9ImuDeJBqDG5c2TD7fnC0R3gy2iFVsr9dY='; base-uri 'none'; form-action 'none'"
        )
    };
}

/// The `Content-Security-Policy` header for a page without a custom theme.
///
/// The page contains the same policy in a `<meta>` element. The policy allows only images in `data:`
/// URLs, the page's own style and the page's own script. The policy identifies the style and the script
/// by their hashes.
pub const CONTENT_SECURITY_POLICY: &str =
    content_security_policy!("'sha256-4Wy77iFXEyJ73crVImWYnklg6i6+B0429xeLWHQUMto='");

/// The policy of a page with a custom theme. The policy is a constant, so it can't list the hash of a
/// theme that the application supplies. The policy therefore allows any inline style.
pub(super) const POLICY_WITH_THEME: &str = content_security_policy!("'unsafe-inline'");

#[cfg(test)]
mod tests {
    use super::{CONTENT_SECURITY_POLICY, POLICY_WITH_THEME};
    use crate::export::html::page_template::{SCRIPT, STYLE};
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use sha2::{Digest, Sha256};

    #[test]
    fn the_policy_allows_the_style_and_the_script_of_the_page() {
        let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
        let (style, script) = (hash(STYLE), hash(SCRIPT));
        assert!(CONTENT_SECURITY_POLICY.contains(&style), "{style}");
        assert!(CONTENT_SECURITY_POLICY.contains(&script), "{script}");
        assert!(POLICY_WITH_THEME.contains(&script), "{script}");
    }
}
