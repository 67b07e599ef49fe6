//! An HTML page of the catalogue for customers (feature `html`).

use crate::export::module_names::Modules;
use crate::route::unique::Unique;
use crate::snapshot::text::shown;
use crate::snapshot::{EndpointRow, Snapshot};
use askama::Template;
use std::collections::HashMap;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

macro_rules! policy {
    ($style:literal) => {
        concat!(
            "default-src 'none'; img-src data:; style-src ",
            $style,
            "; script-src 'sha256-Rx7M4sQdIGJ7CsFDJHB9jVwfGKUqLPWNZqQp6/wQrkY='; base-uri 'none'; form-action 'none'"
        )
    };
}

/// The `Content-Security-Policy` header for a page without a custom theme.
///
/// The page contains the same policy in a `<meta>` element. The policy allows only the page's style
/// and script, by their hashes, and images in `data:` URLs.
pub const CONTENT_SECURITY_POLICY: &str =
    policy!("'sha256-NuhBG0jHGCUSi1j7wnPwCqNDW8Fq3jLl+VZwataub9I='");

/// The policy of a page with a custom theme, whose style has no known hash.
const POLICY_WITH_THEME: &str = policy!("'unsafe-inline'");

/// An HTML page of a catalogue: one self-contained document that loads no other resources.
///
/// The page groups endpoints by module. Readers can filter by tier and by text, compare the tiers in
/// a matrix, and link to a row or to a filtered list. Without JavaScript, the page shows the whole
/// list. Names and documentation are escaped, so they can't inject markup.
///
/// # Size
/// With 5,000 endpoints in six tiers, the page is 2.8 MB. In a headless Chromium on two busy cores,
/// each change of filter or view appeared within 80 ms, measured from the input to the end of the
/// frame. Rows after the first hundred appear two frames later.
///
/// # Theme
/// CSS variables set the colours and fonts: `--tiergate-font`, `-code-font`, `-background`, `-text`,
/// `-quiet`, `-line`, `-surface`, `-accent`, `-accent-text`, `-target` and `-yes`.
///
/// ```
/// use tiergate::{Catalogue, Snapshot, html::Page, requires_tier};
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// /// Lists <all> units.
/// #[requires_tier(Plus, get = "/units")]
/// fn units() {}
///
/// #[derive(Catalogue)]
/// #[catalogue(tier = Tier, handlers(units))]
/// struct Api;
///
/// let page = Page::new(&Snapshot::of::<Api>())
///     .title("What each plan has")
///     .theme(":root { --tiergate-accent: #7a1fa2; }")
///     .render();
/// assert!(page.contains("<h1>What each plan has</h1>"));
/// assert!(page.contains("Lists &#60;all&#62; units."));
/// ```
#[derive(Clone, Debug)]
#[must_use = "a page is made by `render`"]
pub struct Page<'a> {
    snapshot: &'a Snapshot,
    title: String,
    theme: Option<String>,
}

impl<'a> Page<'a> {
    /// Creates the page of a catalogue with the title *API restrictions*.
    pub fn new(snapshot: &'a Snapshot) -> Self {
        Self {
            snapshot,
            title: "API restrictions".to_owned(),
            theme: None,
        }
    }

    /// Sets the page's title and heading.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// Adds CSS rules after the page's built-in style.
    ///
    /// The page's policy then allows any inline style, because it can't contain the hash of these rules.
    pub fn theme(mut self, style: &str) -> Self {
        self.theme = Some(within_element(style));
        self
    }

    /// Renders the HTML document.
    pub fn render(&self) -> String {
        let snapshot = self.snapshot;
        let document = Document {
            title: shown(&self.title),
            policy: match self.theme {
                Some(_) => POLICY_WITH_THEME,
                None => CONTENT_SECURITY_POLICY,
            },
            style: STYLE,
            theme: self.theme.as_deref(),
            script: SCRIPT,
            total: snapshot.endpoints().len(),
            tiers: snapshot
                .tiers()
                .iter()
                .map(|tier| shown(tier.name()))
                .collect(),
            groups: groups(snapshot),
        };
        // Rendering fails only if a `Display` implementation fails, and strings never do.
        document.render().unwrap_or_default()
    }
}

/// Escapes CSS so that it can't close its `<style>` element.
///
/// Inside `<style>`, HTML recognises only the end tag, which starts with `</` and a letter. Any other
/// `<`, including the one in `<!--`, is part of the style. In CSS, `</` before a letter occurs only in
/// strings, URLs and comments, where `<\/` means the same.
fn within_element(style: &str) -> String {
    let mut parts = style.split("</");
    let mut within = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_end = part.starts_with(|first: char| first.is_ascii_alphabetic());
        within.push_str(if is_end { "<\\/" } else { "</" });
        within.push_str(part);
    }
    within
}

#[derive(Template)]
#[template(path = "page.html")]
struct Document<'a> {
    title: String,
    policy: &'static str,
    style: &'static str,
    theme: Option<&'a str>,
    script: &'static str,
    total: usize,
    tiers: Vec<String>,
    groups: Vec<Group>,
}

struct Group {
    id: String,
    name: String,
    rows: Vec<Row>,
}

struct Row {
    id: String,
    method: String,
    path: String,
    is_deprecated: bool,
    summary: String,
    reason: Option<String>,
    tier: String,
    /// The index of the lowest allowed tier, or the number of tiers if none is allowed.
    from: usize,
    /// Whether each tier may call the endpoint, lowest tier first.
    cells: Vec<bool>,
}

/// The most rows in one group. A browser can lay out this many at once without a visible delay.
const ROWS_OF_A_GROUP: usize = 250;

/// Groups the endpoints by module, in the order of each module's first endpoint. Splits large modules
/// into several groups.
fn groups(snapshot: &Snapshot) -> Vec<Group> {
    let mut ids = Ids::default();
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut named: Vec<(String, Vec<Row>)> = Vec::new();
    let modules = Modules::of(snapshot.endpoints());
    for endpoint in snapshot.endpoints() {
        let place = *places.entry(endpoint.module()).or_insert_with(|| {
            named.push((modules.name(endpoint), Vec::new()));
            named.len() - 1
        });
        named[place].1.push(row(snapshot, endpoint, &mut ids));
    }
    let mut groups = Vec::new();
    for (name, mut rows) in named {
        let mut part = 1;
        while !rows.is_empty() {
            let rest = rows.split_off(rows.len().min(ROWS_OF_A_GROUP));
            let name = match part {
                1 => name.clone(),
                part => format!("{name} ({part})"),
            };
            groups.push(Group {
                id: ids.unique(&format!("module {name}")),
                name,
                rows,
            });
            (rows, part) = (rest, part + 1);
        }
    }
    groups
}

fn row(snapshot: &Snapshot, endpoint: &EndpointRow, ids: &mut Ids) -> Row {
    let may_call = |rank: u32| {
        endpoint
            .required_rank()
            .is_none_or(|required| rank >= required)
    };
    let cells: Vec<bool> = snapshot
        .tiers()
        .iter()
        .map(|tier| may_call(tier.rank()))
        .collect();
    let path = endpoint.path().unwrap_or(endpoint.name());
    let method = endpoint.method().unwrap_or_default();
    Row {
        id: ids.unique(&format!(
            "{} {path}",
            endpoint.method().unwrap_or("endpoint")
        )),
        method: shown(method),
        path: shown(path),
        is_deprecated: endpoint.is_deprecated(),
        summary: shown(endpoint.summary()),
        reason: endpoint.public_reason().map(shown),
        tier: endpoint.required().map_or_else(|| "Open".to_owned(), shown),
        from: cells.iter().position(|can| *can).unwrap_or(cells.len()),
        cells,
    }
}

/// Generates the document's unique ids. They contain only letters, digits, `-` and `_`, so they work
/// as URL fragments without encoding.
#[derive(Default)]
struct Ids(Unique);

impl Ids {
    fn unique(&mut self, text: &str) -> String {
        let mut own = String::new();
        // Keeps links short. Repeated ids get a number.
        for character in text.chars().take(120) {
            match character {
                character if character.is_ascii_alphanumeric() || character == '_' => {
                    own.push(character.to_ascii_lowercase());
                }
                _ if own.is_empty() || own.ends_with('-') => {}
                _ => own.push('-'),
            }
        }
        let own = own.trim_end_matches('-');
        let own = if own.is_empty() { "endpoint" } else { own };
        self.0.take(own, |own, number| format!("{own}-{number}"))
    }
}

#[cfg(test)]
mod tests {
    use super::{
        CONTENT_SECURITY_POLICY, Ids, POLICY_WITH_THEME, Page, SCRIPT, STYLE, groups,
        within_element,
    };
    use crate::snapshot::Snapshot;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use sha2::{Digest, Sha256};
    use std::fmt::Write as _;

    #[test]
    fn the_policy_allows_the_style_and_the_script_that_there_are() {
        let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
        let (style, script) = (hash(STYLE), hash(SCRIPT));
        assert!(CONTENT_SECURITY_POLICY.contains(&style), "{style}");
        assert!(CONTENT_SECURITY_POLICY.contains(&script), "{script}");
        assert!(POLICY_WITH_THEME.contains(&script), "{script}");
    }

    #[test]
    fn a_theme_stays_in_its_element() {
        let snapshot = Snapshot::default();
        let theme = "p { content: '</style><script>'; } </STYLE\n></s<!-- <style></</style/";
        let page = Page::new(&snapshot).theme(theme).title("<b>").render();
        assert_eq!(page.to_lowercase().matches("</style").count(), 2);
        assert!(page.contains(r"'<\/style><script>'; } <\/STYLE"), "{page}");
        assert!(
            page.contains("style-src &#39;unsafe-inline&#39;;"),
            "{page}"
        );
        assert!(!page.contains("<b>"));
    }

    #[test]
    fn a_theme_says_what_it_said() {
        for theme in [
            "@media (width < 50rem) { p { color: red; } }",
            "@media (10rem <= width <50rem) { p { color: red; } }",
            "<!-- @media (width </* more */ 50rem) { p { color: red; } } -->",
            "",
        ] {
            assert_eq!(within_element(theme), theme);
        }
    }

    #[test]
    fn a_long_module_is_several_groups() {
        let mut lock = String::from("version 1\ntier 0 Free\n");
        for index in 0..501 {
            writeln!(lock, "gate /{index} GET Free a").unwrap();
        }
        let groups = groups(&Snapshot::from_lock(&lock).unwrap());
        let sizes: Vec<_> = groups
            .iter()
            .map(|group| (group.name.as_str(), group.rows.len()))
            .collect();
        let expected = [
            ("Endpoints", 250),
            ("Endpoints (2)", 250),
            ("Endpoints (3)", 1),
        ];
        assert_eq!(sizes, expected);
    }

    #[test]
    fn ids_are_unique_and_fit_for_links() {
        let mut ids = Ids::default();
        assert_eq!(ids.unique("GET /units/{id}"), "get-units-id");
        assert_eq!(ids.unique("GET /units/id"), "get-units-id-2");
        assert_eq!(ids.unique("GET /units/id/2"), "get-units-id-2-2");
        assert_eq!(ids.unique("\"><é"), "endpoint");
        assert!(ids.unique(&"x".repeat(10_000)).len() < 200);
    }
}
