//! Escapes the custom theme of a page.

/// Escapes CSS so that it can't close its `<style>` element.
///
/// Inside `<style>`, HTML recognises only the end tag, which starts with `</` and a letter. Any other
/// `<`, including the one in `<!--`, is part of the style. In CSS, `</` before a letter occurs only in
/// strings, URLs and comments, where `<\/` means the same.
pub(super) fn within_element(style: &str) -> String {
    let mut parts = style.split("</");
    let mut within = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_end = part.starts_with(|first: char| first.is_ascii_alphabetic());
        within.push_str(if is_end { "<\\/" } else { "</" });
        within.push_str(part);
    }
    within
}

#[cfg(test)]
mod tests {
    use super::within_element;

    #[test]
    fn other_themes_stay_unchanged() {
        for theme in [
            "@media (width < 50rem) { p { color: red; } }",
            "@media (10rem <= width <50rem) { p { color: red; } }",
            "<!-- @media (width </* more */ 50rem) { p { color: red; } } -->",
            "",
        ] {
            assert_eq!(within_element(theme), theme);
        }
    }
}
