//! An HTML page that shows the catalogue to customers (`html` feature).

pub(crate) mod active_overrides;
pub(crate) mod content_security_policy;
pub(crate) mod custom_theme;
pub(crate) mod element_ids;
pub(crate) mod page_requirement;
pub(crate) mod page_template;

pub use self::content_security_policy::CONTENT_SECURITY_POLICY;

use self::active_overrides::ActiveOverrides;
use self::content_security_policy::POLICY_WITH_THEME;
use self::custom_theme::escape_style_end_tags;
use self::page_template::{
    PageAddOn, PageQuota, PageTemplate, SCRIPT, STYLE, introduction, page_groups,
};
use crate::access::overrides::Overrides;
use crate::export::limit_columns::{LimitColumns, quota_by_tier};
use crate::snapshot::Snapshot;
use crate::snapshot::invisible_characters::shown;
use crate::tier::Tier;
use askama::Template;

/// An HTML page that shows a catalogue. The page is self-contained and loads no other resources.
///
/// The page groups endpoints by module. If the catalogue has [events](crate::Event), they are in a separate
/// table, and readers choose between endpoints and events. Readers can filter by tier, by add-on and by text,
/// compare the tiers in a matrix, and link to a row or to a filtered list. Without JavaScript, the page shows
/// the lists of all endpoints and events. Names and documentation are escaped, so they can't inject markup.
///
/// The page shows the declared requirements of endpoints and events, such as `Plus`, `Plus + Radio` or `Plus
/// or Radio`, and which lower tiers suffice for customers with an older plan version. It doesn't state which
/// tiers are only observed for now. If an endpoint has limits, its row lists them, and the matrix shows the
/// limits of each tier. The catalogue's quota is in a separate table at the top.
///
/// # Size
/// With 5,000 endpoints in six tiers, the page is 2.8 MB. In a headless Chromium on two busy cores, the
/// page reacted to each change of filter or view within 80 ms. This time was measured from the input
/// event to the end of the frame that shows the first hundred rows. The remaining rows appear two frames
/// after the first hundred.
///
/// # Theme
/// The names of the CSS variables for the page's colours and fonts start with `--tiergate`:
/// `--tiergate-font`, `-code-font`, `-background`, `-text`, `-quiet`, `-line`, `-surface`, `-accent`,
/// `-accent-text`, `-target` and `-yes`.
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
///     .title("Plans and endpoints")
///     .theme(":root { --tiergate-accent: #7a1fa2; }")
///     .render();
/// assert!(page.contains("<h1>Plans and endpoints</h1>"));
/// assert!(page.contains("Lists &#60;all&#62; units."));
/// ```
#[derive(Clone, Debug)]
#[must_use = "call `render` to get the HTML"]
pub struct Page<'a> {
    snapshot: &'a Snapshot,
    title: String,
    theme: Option<String>,
    overrides: ActiveOverrides,
}

impl<'a> Page<'a> {
    /// Creates a page for a catalogue, with the title *API restrictions*.
    pub fn new(snapshot: &'a Snapshot) -> Self {
        Self {
            snapshot,
            title: "API restrictions".to_owned(),
            theme: None,
            overrides: ActiveOverrides::default(),
        }
    }

    /// Sets the page's title and heading.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// Adds CSS rules after the page's built-in style.
    ///
    /// If a page has no theme, its content security policy lists the hash of the built-in style. The
    /// policy is a constant, so it can't list the hash of a theme that you supply. The policy of a page
    /// with a theme therefore allows any inline style.
    pub fn theme(mut self, style: &str) -> Self {
        self.theme = Some(escape_style_end_tags(style));
        self
    }

    /// Shows the overrides that are active now: which endpoints and events require another tier and until
    /// when, and which of them are closed. The page doesn't show grants, observed tiers, authors and reasons.
    ///
    /// Render the page again after the overrides change, and when one of them ends.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use tiergate::{Catalogue, Override, Overrides, Snapshot, html::Page, requires_tier};
    ///
    /// #[derive(Clone, Copy, tiergate::Tier)]
    /// enum Tier { Free, Plus }
    ///
    /// #[requires_tier(Plus, get = "/export")]
    /// fn export() {}
    ///
    /// #[derive(Catalogue)]
    /// #[catalogue(tier = Tier, handlers(export))]
    /// struct Api;
    ///
    /// let december = SystemTime::UNIX_EPOCH + Duration::from_secs(1_796_083_200);
    /// let overrides = Overrides::of::<Api>().with_clock(move || december - Duration::from_secs(1));
    /// overrides.replace(1, [Override::require("export", Tier::Free).until(december)])?;
    /// let page = Page::new(&Snapshot::of::<Api>()).overrides(&overrides).render();
    /// assert!(page.contains(r#"until <time datetime="2026-12-01T00:00:00Z">1 December 2026</time>, then Plus"#));
    /// # Ok::<(), tiergate::InvalidOverrides>(())
    /// ```
    pub fn overrides<T: Tier>(mut self, overrides: &Overrides<T>) -> Self {
        self.overrides = ActiveOverrides::of(overrides);
        self
    }

    /// Renders the HTML document.
    pub fn render(&self) -> String {
        let snapshot = self.snapshot;
        let page_template = PageTemplate {
            title: shown(&self.title),
            policy: match self.theme {
                Some(_) => POLICY_WITH_THEME,
                None => CONTENT_SECURITY_POLICY,
            },
            style: STYLE,
            theme: self.theme.as_deref(),
            script: SCRIPT,
            introduction: introduction(snapshot),
            has_tabs: !snapshot.endpoints().is_empty() && !snapshot.events().is_empty(),
            has_events: !snapshot.events().is_empty(),
            tiers: snapshot
                .tiers()
                .iter()
                .map(|tier| shown(tier.name()))
                .collect(),
            add_ons: snapshot
                .features()
                .iter()
                // A handler may check an add-on itself. The filter can't show what that changes.
                .filter(|feature| {
                    let mut rows = snapshot.endpoints_and_events();
                    rows.any(|endpoint| endpoint.required_feature() == Some(feature.key()))
                })
                .map(|feature| PageAddOn {
                    key: shown(feature.key()),
                    name: shown(feature.name()),
                })
                .collect(),
            has_limits: LimitColumns::of(snapshot).has_limits,
            quota: quota_by_tier(snapshot)
                .into_iter()
                .map(|(tier, limits)| PageQuota {
                    tier: shown(tier),
                    limits,
                })
                .collect(),
            groups: page_groups(snapshot, &self.overrides),
        };
        // Rendering fails only if a `Display` implementation fails. The `Display` implementation of
        // strings never fails.
        page_template.render().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::Page;
    use crate::snapshot::Snapshot;

    #[test]
    fn the_filter_offers_the_add_ons_of_endpoints() {
        let lock = "version 2\ntier 0 Free\nfeature radio Radio\nfeature map Map\n\
            gate /a GET Free a feature radio\n";
        let page = Page::new(&Snapshot::from_lock(lock).unwrap()).render();
        assert!(page.contains(r#"name="addon" value="radio""#));
        assert!(!page.contains(r#"name="addon" value="map""#));
    }

    #[test]
    fn events_have_a_table_and_are_escaped() {
        let lock = "version 4\ntier 0 Free\ntier 1 Plus\nfeature radio Radio\n\
            gate /a GET Free a limit 10/minute\n\
            event \"<E>\" Plus or_feature radio until_version 3 Free enforced Free\n";
        let page = Page::new(&Snapshot::from_lock(lock).unwrap()).render();
        for part in [
            "<p>1 endpoint and 1 event, with the lowest",
            "aria-label=\"Endpoints and events\"",
            "name=\"show\" value=\"events\"",
            "name=\"addon\" value=\"radio\"",
            "<section class=\"events\">\n<h2 id=\"events\">Events</h2>",
            "class=\"path\">Event</th><th role=\"columnheader\" scope=\"col\" class=\"summary\">Summary</th><th role=\"columnheader\" scope=\"col\" class=\"tier\">Minimum tier</th>",
            "<tr role=\"row\" id=\"event-e\" data-from=\"1\" data-addon=\"radio\" data-addon-from=\"0\"><th role=\"rowheader\" scope=\"row\"><a href=\"#event-e\">&#60;E&#62;</a></th>",
            ">Plus or Radio<span class=\"note\">Free or Radio with a plan version below 3</span></td>",
        ] {
            assert!(page.contains(part), "{part}\n{page}");
        }
        assert!(!page.contains("<E>"));
        let lock = lock.replace("gate /a GET Free a limit 10/minute\n", "");
        let page = Page::new(&Snapshot::from_lock(&lock).unwrap()).render();
        assert!(page.contains("aria-label=\"Events\"") && !page.contains("name=\"show\""));
        let lock = "version 2\ntier 0 Free\ngate /a GET Free a\n";
        let page = Page::new(&Snapshot::from_lock(lock).unwrap()).render();
        for part in ["name=\"show\"", "class=\"events\"", ">Event<"] {
            assert!(!page.contains(part), "{part}\n{page}");
        }
    }

    #[test]
    fn limits_and_quotas_are_shown_and_escaped() {
        let lock = "version 3\ntier 0 <Free>\ntier 1 Plus\nquota 100/day from Plus 5000/day\n\
            gate /a GET <Free> a limit 10/minute from Plus unlimited cost 20\n";
        let lock = lock.replace("<Free>", "\"<Free>\"");
        let page = Page::new(&Snapshot::from_lock(&lock).unwrap()).render();
        for part in [
            "<th scope=\"row\">&#60;Free&#62;</th><td>100/day</td>",
            "<th scope=\"row\">Plus</th><td>5000/day</td>",
            "Minimum tier and limits",
            "<span class=\"note\">&#60;Free&#62;: 10/minute</span><span class=\"note\">Plus: unlimited</span>",
            "<span class=\"note\">takes 20 units of the quota</span>",
            "<td role=\"cell\" class=\"m y\">yes<span class=\"note\">10/minute</span></td>",
        ] {
            assert!(page.contains(part), "{part}\n{page}");
        }
        assert!(!page.contains("<Free>"));
        let lock = "version 2\ntier 0 Free\ngate /a GET Free a\n";
        let page = Page::new(&Snapshot::from_lock(lock).unwrap()).render();
        for part in ["id=\"quota\"", "class=\"limited\"", "and limits<"] {
            assert!(!page.contains(part), "{part}\n{page}");
        }
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
}
