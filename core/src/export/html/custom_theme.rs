//! Escapes a page's custom theme.

/// Escapes CSS so that the CSS can't close the `<style>` element that contains it.
///
/// Inside `<style>`, the only markup that HTML recognises is an end tag, which starts with `</` and a
/// letter. Any other `<`, including the `<` in `<!--`, is part of the style. In CSS, `</` before a
/// letter occurs only in strings, URLs and comments. In these places, `<\/` means the same as `</`.
pub(super) fn escape_style_end_tags(theme: &str) -> String {
    let mut parts = theme.split("</");
    let mut escaped_theme = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_end_tag = part.starts_with(|first: char| first.is_ascii_alphabetic());
        escaped_theme.push_str(if is_end_tag { "<\\/" } else { "</" });
        escaped_theme.push_str(part);
    }
    escaped_theme
}

#[cfg(test)]
mod tests {
    use super::escape_style_end_tags;

    #[test]
    fn other_themes_stay_unchanged() {
        for theme in [
            "@media (width < 50rem) { p { color: red; } }",
            "@media (10rem <= width <50rem) { p { color: red; } }",
            "<!-- @media (width </* more */ 50rem) { p { color: red; } } -->",
            "",
        ] {
            assert_eq!(escape_style_end_tags(theme), theme);
        }
    }
}
