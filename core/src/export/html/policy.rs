//! The content security policies of the page.

macro_rules! policy {
    ($style:literal) => {
        concat!(
            "default-src 'none'; img-src data:; style-src ",
            $style,
            "; script-src 'sha256-iLcMmCZ/+A2inI9hv1z3EbGE5fcP+Ug8Lr4FVL5yTWM='; base-uri 'none'; form-action 'none'"
        )
    };
}

/// The `Content-Security-Policy` header for a page without a custom theme.
///
/// The page contains the same policy in a `<meta>` element. The policy allows only the page's style
/// and script, by their hashes, and images in `data:` URLs.
pub const CONTENT_SECURITY_POLICY: &str =
    policy!("'sha256-rjmjpeiCBvibkVmIjtZK7NIyIV4DeJjbrRImWZsukOk='");

/// The policy of a page with a custom theme, whose style has no known hash.
pub(super) const POLICY_WITH_THEME: &str = policy!("'unsafe-inline'");

#[cfg(test)]
mod tests {
    use super::{CONTENT_SECURITY_POLICY, POLICY_WITH_THEME};
    use crate::export::html::document::{SCRIPT, STYLE};
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
