//! Overrides in their stored form: texts that haven't been checked yet.

use crate::access::overrides::invalid::{EntryProblem, InvalidOverrides};
use crate::access::overrides::override_entry::Override;
use crate::access::overrides::quotation::quoted;
use crate::access::time::parse_rfc3339;
use crate::tier::Tier;
use std::time::SystemTime;

/// The maximum length in bytes of a text in a store. A longer text can't be correct, and would fill the
/// logs.
const LONGEST_TEXT: usize = 1024;

/// The fields of an override in a store.
const FIELDS: [&str; 8] = [
    "kind", "endpoint", "tier", "customer", "limits", "until", "by", "because",
];

/// The kinds of overrides.
const KINDS: [&str; 6] = ["close", "require", "grant", "observe", "limit", "quota"];

/// The value of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RawValue {
    Text(String),
    /// A time in the store's own type, written as in RFC 3339.
    #[cfg_attr(not(any(feature = "toml", feature = "sqlx")), allow(dead_code))]
    Time(String),
    /// A value of a type that no field accepts. The text describes the type, such as `a number`.
    Other(String),
}

/// An override in its stored form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RawOverride {
    /// The values, in the order of [`FIELDS`].
    values: [Option<RawValue>; FIELDS.len()],
    /// A problem with the names of the fields.
    problem: Option<String>,
}

/// The overrides and their version in the stored form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RawSnapshot {
    pub(crate) version: u64,
    pub(crate) overrides: Vec<RawOverride>,
}

impl RawSnapshot {
    /// Reads the overrides.
    ///
    /// # Errors
    /// Returns an error about the first override that can't be read.
    pub(crate) fn read<T: Tier>(&self) -> Result<Vec<Override<T>>, InvalidOverrides> {
        let overrides = self.overrides.iter().enumerate();
        let read = overrides.map(|(index, raw)| {
            let problem = |problem| InvalidOverrides::entry(index, raw.describe(), problem);
            raw.read().map_err(problem)
        });
        read.collect()
    }
}

#[cfg(feature = "sqlx")]
impl RawSnapshot {
    /// Returns whether any override changes limits.
    pub(crate) fn has_limits(&self) -> bool {
        self.overrides.iter().any(|raw| {
            let kind = raw.value("kind");
            matches!(kind, Some(RawValue::Text(kind)) if kind == "limit" || kind == "quota")
        })
    }
}

impl RawOverride {
    /// Sets a field. Unknown and repeated names make the override invalid.
    pub(crate) fn set(&mut self, name: &str, value: RawValue) {
        let Some(index) = FIELDS.iter().position(|field| *field == name) else {
            let names = FIELDS.join(", ");
            let problem = format!("{} is not a field; use only {names}", quoted(name));
            self.problem.get_or_insert(problem);
            return;
        };
        if self.values[index].replace(value).is_some() {
            let problem = format!("`{name}` appears twice; remove one of them");
            self.problem.get_or_insert(problem);
        }
    }

    fn read<T: Tier>(&self) -> Result<Override<T>, EntryProblem> {
        if let Some(problem) = &self.problem {
            return Err(EntryProblem::Value(problem.clone()));
        }
        let kinds = "write close, require, grant, observe, limit or quota";
        let kind = self.required_text("kind", kinds)?;
        let entry = match kind {
            "close" => {
                self.reject(&["tier", "customer", "limits"], kind)?;
                Override::close(self.endpoint()?)
            }
            "require" => {
                self.reject(&["customer", "limits"], kind)?;
                Override::require(self.endpoint()?, self.tier()?)
            }
            "grant" => {
                self.reject(&["tier", "limits"], kind)?;
                Override::grant(self.customer()?, self.endpoint()?)
            }
            "observe" => {
                self.reject(&["customer", "limits"], kind)?;
                Override::observe(self.endpoint()?, self.tier()?)
            }
            "limit" => {
                self.reject(&["tier"], kind)?;
                Override::limit(self.customer()?, self.endpoint()?, self.limits()?)
            }
            "quota" => {
                self.reject(&["tier", "endpoint"], kind)?;
                Override::quota(self.customer()?, self.limits()?)
            }
            _ => {
                let message = format!("{} is not a kind; {kinds}", quoted(kind));
                return Err(EntryProblem::Value(message));
            }
        };
        let entry = match self.until()? {
            Some(until) => entry.until(until),
            None => entry,
        };
        let entry = match self.text("by")? {
            Some(author) => entry.by(author),
            None => entry,
        };
        Ok(match self.text("because")? {
            Some(reason) => entry.because(reason),
            None => entry,
        })
    }

    /// Describes the override for an error, with the kind and the endpoint if they are texts.
    fn describe(&self) -> String {
        let [kind, endpoint, customer] =
            ["kind", "endpoint", "customer"].map(|field| match self.value(field) {
                Some(RawValue::Text(text)) => Some(text.as_str()),
                _ => None,
            });
        match (kind, endpoint, customer) {
            (Some(kind), Some(endpoint), _) => {
                let shown = if KINDS.contains(&kind) {
                    kind.to_owned()
                } else {
                    quoted(kind)
                };
                format!("{shown} {}", quoted(endpoint))
            }
            (Some("quota"), None, Some(customer)) => format!("quota for {}", quoted(customer)),
            (None, Some(endpoint), _) => format!("for {}", quoted(endpoint)),
            (_, None, _) => "without an endpoint".to_owned(),
        }
    }

    fn value(&self, name: &str) -> Option<&RawValue> {
        let index = FIELDS.iter().position(|field| *field == name)?;
        self.values[index].as_ref()
    }

    /// Returns a field that contains text.
    fn text(&self, name: &'static str) -> Result<Option<&str>, EntryProblem> {
        match self.value(name) {
            None => Ok(None),
            Some(RawValue::Text(text)) if text.len() > LONGEST_TEXT => {
                Err(EntryProblem::TextTooLong(name))
            }
            Some(RawValue::Text(text)) => Ok(Some(text)),
            Some(RawValue::Time(_)) => Err(wrong_type(name, "a time")),
            Some(RawValue::Other(found)) => Err(wrong_type(name, found)),
        }
    }

    fn required_text(&self, name: &'static str, fix: &str) -> Result<&str, EntryProblem> {
        let missing = || EntryProblem::Value(format!("`{name}` is missing; {fix}"));
        self.text(name)?.ok_or_else(missing)
    }

    fn endpoint(&self) -> Result<&str, EntryProblem> {
        self.required_text(
            "endpoint",
            "write the endpoint's name or its route, such as `export` or `POST /export`",
        )
    }

    fn customer(&self) -> Result<&str, EntryProblem> {
        self.required_text("customer", "write the customer's id")
    }

    fn limits(&self) -> Result<&str, EntryProblem> {
        let fix = "write them as in an attribute, such as `60/minute; 5000/day`";
        self.required_text("limits", fix)
    }

    fn tier<T: Tier>(&self) -> Result<T, EntryProblem> {
        let names = T::NAMES.join(", ");
        let name = self.required_text("tier", &format!("write one of: {names}"))?;
        T::from_name(name).map_err(|unknown| EntryProblem::Value(format!("`tier`: {unknown}")))
    }

    fn until(&self) -> Result<Option<SystemTime>, EntryProblem> {
        let text = match self.value("until") {
            Some(RawValue::Time(text)) => Some(text.as_str()),
            _ => self.text("until")?,
        };
        let Some(text) = text else {
            return Ok(None);
        };
        match parse_rfc3339(text) {
            Some(time) => Ok(Some(time)),
            None => Err(EntryProblem::Value(format!(
                "`until`: {} is not a time in UTC; write it like 2026-12-01T00:00:00Z",
                quoted(text)
            ))),
        }
    }

    /// Returns an error if the override has a field that doesn't belong to this kind of override.
    fn reject(&self, names: &[&str], kind: &str) -> Result<(), EntryProblem> {
        match names.iter().find(|name| self.value(name).is_some()) {
            Some(name) => Err(EntryProblem::Value(format!(
                "`{kind}` has no `{name}`; remove it"
            ))),
            None => Ok(()),
        }
    }
}

fn wrong_type(name: &str, found: &str) -> EntryProblem {
    EntryProblem::Value(format!("`{name}` is {found}; it must be text"))
}

#[cfg(test)]
mod tests {
    use super::{RawOverride, RawSnapshot, RawValue};
    use crate as tiergate;
    use crate::access::overrides::override_entry::Override;
    use crate::access::time::parse_rfc3339;
    use std::time::{Duration, SystemTime};

    #[derive(Clone, Copy, Debug, PartialEq, tiergate::Tier)]
    #[tier(crate = tiergate)]
    enum Tier {
        Free,
        Plus,
    }

    fn raw(fields: &[(&str, &str)]) -> RawOverride {
        let mut raw = RawOverride::default();
        for (name, value) in fields {
            raw.set(name, RawValue::Text((*value).to_owned()));
        }
        raw
    }

    fn read(raw: RawOverride) -> Result<Override<Tier>, String> {
        let snapshot = RawSnapshot {
            version: 1,
            overrides: vec![raw],
        };
        let read = snapshot.read().map_err(|error| error.to_string())?;
        Ok(read.into_iter().next().unwrap())
    }

    #[test]
    fn every_kind_is_read() {
        let end = SystemTime::UNIX_EPOCH + Duration::from_secs(1_764_547_200);
        let until = ("until", "2025-12-01T00:00:00Z");
        let endpoint = ("endpoint", "export");
        for (fields, expected) in [
            (vec![("kind", "close"), endpoint], Override::close("export")),
            (
                vec![
                    ("kind", "close"),
                    endpoint,
                    until,
                    ("by", "ops"),
                    ("because", "fire"),
                ],
                Override::close("export")
                    .until(end)
                    .by("ops")
                    .because("fire"),
            ),
            (
                vec![("kind", "require"), endpoint, until, ("tier", "Free")],
                Override::require("export", Tier::Free).until(end),
            ),
            (
                vec![("kind", "observe"), endpoint, until, ("tier", "Plus")],
                Override::observe("export", Tier::Plus).until(end),
            ),
            (
                vec![("kind", "grant"), endpoint, until, ("customer", "c-7")],
                Override::grant("c-7", "export").until(end),
            ),
            (
                vec![
                    ("kind", "limit"),
                    endpoint,
                    until,
                    ("customer", "c-7"),
                    ("limits", "600/minute"),
                ],
                Override::limit("c-7", "export", "600/minute").until(end),
            ),
            (
                vec![
                    ("kind", "quota"),
                    until,
                    ("customer", "c-7"),
                    ("limits", "unlimited"),
                    ("by", "support"),
                ],
                Override::quota("c-7", "unlimited").until(end).by("support"),
            ),
        ] {
            assert_eq!(read(raw(&fields)), Ok(expected));
        }
    }

    #[test]
    fn each_mistake_names_the_override_and_the_field_and_a_fix() {
        let endpoint = ("endpoint", "export");
        for (fields, expected) in [
            (
                vec![endpoint],
                "override 1 (for \"export\"): `kind` is missing; write close, require, grant, observe, limit or quota",
            ),
            (
                vec![("kind", "clsoe"), endpoint],
                "override 1 (\"clsoe\" \"export\"): \"clsoe\" is not a kind; write close, require, grant, observe, limit or quota",
            ),
            (
                vec![("kind", "close")],
                "override 1 (without an endpoint): `endpoint` is missing; write the endpoint's name or its route, such as `export` or `POST /export`",
            ),
            (
                vec![("kind", "close"), endpoint, ("tier", "Free")],
                "override 1 (close \"export\"): `close` has no `tier`; remove it",
            ),
            (
                vec![("kind", "close"), endpoint, ("customer", "c-7")],
                "override 1 (close \"export\"): `close` has no `customer`; remove it",
            ),
            (
                vec![("kind", "limit"), endpoint, ("customer", "c-7")],
                "override 1 (limit \"export\"): `limits` is missing; write them as in an attribute, such as `60/minute; 5000/day`",
            ),
            (
                vec![("kind", "limit"), endpoint, ("limits", "60/minute")],
                "override 1 (limit \"export\"): `customer` is missing; write the customer's id",
            ),
            (
                vec![("kind", "limit"), ("customer", "c-7")],
                "override 1 (without an endpoint): `endpoint` is missing; write the endpoint's name or its route, such as `export` or `POST /export`",
            ),
            (
                vec![("kind", "limit"), endpoint, ("limit", "60/minute")],
                "override 1 (limit \"export\"): \"limit\" is not a field; use only kind, endpoint, tier, customer, limits, until, by, because",
            ),
            (
                vec![("kind", "quota"), ("customer", "c-7")],
                "override 1 (quota for \"c-7\"): `limits` is missing; write them as in an attribute, such as `60/minute; 5000/day`",
            ),
            (
                vec![("kind", "quota"), endpoint, ("customer", "c-7")],
                "override 1 (quota \"export\"): `quota` has no `endpoint`; remove it",
            ),
            (
                vec![("kind", "grant"), endpoint, ("limits", "60/minute")],
                "override 1 (grant \"export\"): `grant` has no `limits`; remove it",
            ),
        ] {
            assert_eq!(read(raw(&fields)), Err(expected.to_owned()));
        }
    }

    #[test]
    fn each_mistake_of_a_tier_or_a_time_names_the_override_and_a_fix() {
        let endpoint = ("endpoint", "export");
        for (fields, expected) in [
            (
                vec![("kind", "require"), endpoint],
                "override 1 (require \"export\"): `tier` is missing; write one of: Free, Plus",
            ),
            (
                vec![("kind", "observe"), endpoint, ("tier", "Gold\n")],
                "override 1 (observe \"export\"): `tier`: unknown tier \"Gold\\n\"; expected one of: Free, Plus",
            ),
            (
                vec![
                    ("kind", "require"),
                    endpoint,
                    ("tier", "Free"),
                    ("customer", "c-7"),
                ],
                "override 1 (require \"export\"): `require` has no `customer`; remove it",
            ),
            (
                vec![
                    ("kind", "observe"),
                    endpoint,
                    ("tier", "Free"),
                    ("customer", "c-7"),
                ],
                "override 1 (observe \"export\"): `observe` has no `customer`; remove it",
            ),
            (
                vec![("kind", "grant"), endpoint],
                "override 1 (grant \"export\"): `customer` is missing; write the customer's id",
            ),
            (
                vec![
                    ("kind", "grant"),
                    endpoint,
                    ("customer", "c-7"),
                    ("tier", "Free"),
                ],
                "override 1 (grant \"export\"): `grant` has no `tier`; remove it",
            ),
            (
                vec![("kind", "close"), endpoint, ("until", "tomorrow")],
                "override 1 (close \"export\"): `until`: \"tomorrow\" is not a time in UTC; write it like 2026-12-01T00:00:00Z",
            ),
            (
                vec![("kind", "close"), endpoint, ("untill", "x")],
                "override 1 (close \"export\"): \"untill\" is not a field; use only kind, endpoint, tier, customer, limits, until, by, because",
            ),
            (
                vec![("kind", "close"), endpoint, endpoint],
                "override 1 (close \"export\"): `endpoint` appears twice; remove one of them",
            ),
        ] {
            assert_eq!(read(raw(&fields)), Err(expected.to_owned()));
        }
        let long = "x".repeat(1025);
        let error = read(raw(&[("kind", "close"), endpoint, ("because", &long)])).unwrap_err();
        assert!(error.ends_with("`because` has more than 1024 bytes; shorten it"));
        let error = read(raw(&[("kind", "close"), ("endpoint", &long)])).unwrap_err();
        assert!(error.len() < 200, "{error}");
    }

    #[test]
    fn other_types_are_no_texts() {
        for (name, value, expected) in [
            (
                "because",
                RawValue::Other("a number".to_owned()),
                "`because` is a number; it must be text",
            ),
            (
                "by",
                RawValue::Time("2025-12-01T00:00:00Z".to_owned()),
                "`by` is a time; it must be text",
            ),
        ] {
            let mut raw = raw(&[("kind", "close"), ("endpoint", "export")]);
            raw.set(name, value);
            let error = read(raw).unwrap_err();
            assert!(error.ends_with(expected), "{error}");
        }
    }

    #[test]
    fn times_have_one_form() {
        for valid in [
            "2026-12-01T00:00:00Z",
            "2026-12-01T00:00:00.5Z",
            "2028-02-29T23:59:59.999999999Z",
            "9999-12-31T23:59:59Z",
        ] {
            assert!(parse_rfc3339(valid).is_some(), "{valid}");
        }
        for invalid in [
            "",
            "Z",
            "2026-12-01",
            "2026-12-01T00:00:00",
            "2026-12-01T00:00:00z",
            "2026-12-01t00:00:00Z",
            "2026-12-01 00:00:00Z",
            "2026-12-01T00:00:00+00:00",
            "2026-12-01T00:00:00-01:00",
            "2026-12-01T00:00:60Z",
            "2026-12-01T24:00:00Z",
            "2026-02-29T00:00:00Z",
            "2026-12-01T00:00:00.Z.Z",
            "2026-12-01T00:00:00.5xZ",
            "1969-12-31T23:59:59Z",
            " 2026-12-01T00:00:00Z",
            "2026-12-01T00:00:00Z ",
            "10000-01-01T00:00:00Z",
            "２026-12-01T00:00:00Z",
            "∞∞∞∞∞∞∞∞∞∞∞∞∞∞∞∞∞∞Z",
        ] {
            assert_eq!(parse_rfc3339(invalid), None, "{invalid}");
        }
    }
}
