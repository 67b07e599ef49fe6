//! Reads limits such as `"60/minute; 5000/day"`.
//!
//! The procedural macros contain a copy of this file, because they can't depend on this crate. A test of
//! the macros compares the two files.

use std::fmt;

/// The units of time, shortest first: the name, and the length in seconds. A month has 30 days.
pub(crate) const UNITS: [(&str, u32); 5] = [
    ("second", 1),
    ("minute", 60),
    ("hour", 60 * 60),
    ("day", 24 * 60 * 60),
    ("month", 30 * 24 * 60 * 60),
];

/// The largest number of calls in a window.
pub(crate) const MAX_AMOUNT: u32 = 1_000_000_000;

/// The meaning of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PolicyText {
    Unlimited,
    /// The limits in the order of the text, at least one. Each has a different unit.
    Limited(Vec<LimitText>),
}

/// At most `amount` calls in a window of this length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LimitText {
    pub(crate) amount: u32,
    pub(crate) seconds: u32,
}

/// The first mistake in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PolicyTextError {
    /// The number of bytes before the mistake.
    pub(crate) position: usize,
    pub(crate) message: String,
}

impl PolicyTextError {
    fn new(position: usize, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { position, message }
    }
}

impl fmt::Display for PolicyTextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at character {})", self.message, self.position + 1)
    }
}

impl fmt::Display for LimitText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.amount, unit_name(self.seconds))
    }
}

/// Reads `"unlimited"`, or one or more limits separated by semicolons. A space may follow a semicolon.
///
/// # Errors
/// Returns the first mistake: an amount that is zero, too large or not a number, an unknown unit, a unit
/// that appears twice, or a space in another place.
pub(crate) fn parse(text: &str) -> Result<PolicyText, PolicyTextError> {
    if text == "unlimited" {
        return Ok(PolicyText::Unlimited);
    }
    let mut limits: Vec<LimitText> = Vec::new();
    let mut start = 0;
    for part in text.split(';') {
        let limit_text = match part.strip_prefix(' ') {
            Some(after_space) if start > 0 => after_space,
            _ => part,
        };
        let position = start + part.len() - limit_text.len();
        let limit = parse_limit(limit_text, position)?;
        if limits.iter().any(|other| other.seconds == limit.seconds) {
            let unit = unit_name(limit.seconds);
            let message = format!("the text has two limits per {unit}; remove one of them");
            return Err(PolicyTextError::new(position, message));
        }
        limits.push(limit);
        start += part.len() + 1;
    }
    Ok(PolicyText::Limited(limits))
}

/// Reads `60/minute`. `position` is the number of bytes before the text.
fn parse_limit(text: &str, position: usize) -> Result<LimitText, PolicyTextError> {
    if text.is_empty() {
        let message = "a limit is missing; write the amount and the unit, as in `60/minute`";
        return Err(PolicyTextError::new(position, message));
    }
    if text == "unlimited" {
        let message = "`unlimited` must be the whole text; remove the other limits";
        return Err(PolicyTextError::new(position, message));
    }
    let Some((amount, unit)) = text.split_once('/') else {
        let message = if text.eq_ignore_ascii_case("unlimited") {
            format!("`{text}` must be in lower case; write `unlimited`")
        } else if let Some(fix) = per_unit(text) {
            format!("`{text}` has no `/`; write `{fix}`")
        } else {
            format!("`{text}` has no unit; write the amount and the unit, as in `60/minute`")
        };
        return Err(PolicyTextError::new(position, message));
    };
    if text.contains(char::is_whitespace) {
        let message =
            format!("`{text}` contains a space; write it without spaces, as in `60/minute`");
        return Err(PolicyTextError::new(position, message));
    }
    Ok(LimitText {
        amount: parse_amount(amount, position)?,
        seconds: parse_unit(unit, amount, position + amount.len() + 1)?,
    })
}

/// Returns the correct form of a text such as `60 per minute`.
fn per_unit(text: &str) -> Option<String> {
    let (amount, unit) = text.split_once(" per ")?;
    let is_number = !amount.is_empty() && amount.bytes().all(|byte| byte.is_ascii_digit());
    match likely_units(unit) {
        [unit] if is_number => Some(format!("{amount}/{unit}")),
        _ => None,
    }
}

fn parse_amount(text: &str, position: usize) -> Result<u32, PolicyTextError> {
    let error = |message: String| Err(PolicyTextError::new(position, message));
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return error(format!(
            "`{text}` is not an amount; write it in digits, as in `60/minute`"
        ));
    }
    if text.bytes().all(|digit| digit == b'0') {
        return error(
            "an amount of zero would refuse every call; require a higher tier instead".to_owned(),
        );
    }
    if text.starts_with('0') {
        return error(format!("write the amount `{text}` without leading zeros"));
    }
    match text.parse() {
        Ok(amount) if amount <= MAX_AMOUNT => Ok(amount),
        _ => error(format!(
            "the amount `{text}` is larger than {MAX_AMOUNT}; lower it, or write `unlimited`"
        )),
    }
}

fn parse_unit(text: &str, amount: &str, position: usize) -> Result<u32, PolicyTextError> {
    if let Some((_, seconds)) = UNITS.iter().find(|(name, _)| *name == text) {
        return Ok(*seconds);
    }
    let fixes = likely_units(text).iter();
    let fixes: Vec<_> = fixes.map(|unit| format!("`{amount}/{unit}`")).collect();
    let message = if text.is_empty() {
        format!("the unit is missing; write, for example, `{amount}/minute`")
    } else if !fixes.is_empty() {
        format!("`{text}` is not a unit; write {}", fixes.join(" or "))
    } else if text.starts_with(|first: char| first.is_ascii_digit()) {
        format!(
            "`{text}` is not a unit, and a window is exactly one unit long; convert the limit to one `second`, `minute`, `hour`, `day` or `month`"
        )
    } else {
        format!("`{text}` is not a unit; use `second`, `minute`, `hour`, `day` or `month`")
    };
    Err(PolicyTextError::new(position, message))
}

/// Returns the units that a text probably means. Returns no unit for an unknown text.
fn likely_units(text: &str) -> &'static [&'static str] {
    match text.to_ascii_lowercase().as_str() {
        "s" | "sec" | "secs" | "second" | "seconds" => &["second"],
        "m" => &["minute", "month"],
        "min" | "mins" | "minute" | "minutes" => &["minute"],
        "h" | "hr" | "hrs" | "hour" | "hours" => &["hour"],
        "d" | "day" | "days" => &["day"],
        "mo" | "mon" | "mth" | "month" | "months" => &["month"],
        _ => &[],
    }
}

/// Returns the name of the unit with this length.
pub(crate) const fn unit_name(seconds: u32) -> &'static str {
    let mut index = 0;
    while index < UNITS.len() {
        if UNITS[index].1 == seconds {
            return UNITS[index].0;
        }
        index += 1;
    }
    "window"
}

/// If a higher tier gets less than a lower tier, returns a text such as `10 per minute instead of 60`.
/// Otherwise, returns `None`.
///
/// The function compares how many calls the tiers allow in each window of the lower tier. It also compares how
/// many calls they allow in a month if the tiers have no window in common, or if the lower tier has a limit per
/// day or per month. Otherwise, a higher tier may have an additional limit for a longer window:
/// `60/minute; 5000/day` is more than `10/minute`, although nobody can use 60 per minute all day.
#[allow(dead_code)] // For the macros.
pub(crate) fn gives_less(lower: &PolicyText, higher: &PolicyText) -> Option<String> {
    let PolicyText::Limited(higher) = higher else {
        return None;
    };
    let PolicyText::Limited(lower) = lower else {
        return Some("a limit instead of `unlimited`".to_owned());
    };
    let windows = lower.iter().map(|limit| limit.seconds);
    let is_common = |seconds: u32| higher.iter().any(|limit| limit.seconds == seconds);
    let [.., (_, day), (_, month)] = UNITS;
    let compares_months =
        !windows.clone().any(is_common) || windows.clone().any(|seconds| seconds >= day);
    let month = compares_months.then_some(month);
    windows.chain(month).find_map(|seconds| {
        let (less, more) = (most_in(seconds, higher), most_in(seconds, lower));
        let unit = unit_name(seconds);
        (less < more).then(|| format!("{less} per {unit} instead of {more}"))
    })
}

/// Returns the number of calls that the limits allow in a window of this length.
fn most_in(seconds: u32, limits: &[LimitText]) -> u64 {
    let calls = |limit: &LimitText| {
        let windows = (seconds / limit.seconds).max(1);
        u64::from(limit.amount) * u64::from(windows)
    };
    limits.iter().map(calls).min().unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::{LimitText, PolicyText, gives_less, parse};

    fn limited(limits: &[(u32, u32)]) -> PolicyText {
        let limits = limits.iter();
        let limits = limits.map(|&(amount, seconds)| LimitText { amount, seconds });
        PolicyText::Limited(limits.collect())
    }

    #[test]
    fn every_unit_can_be_read() {
        for (text, limits) in [
            ("4000/second", &[(4000, 1)][..]),
            ("1/minute", &[(1, 60)]),
            ("60/minute; 5000/day", &[(60, 60), (5000, 86_400)]),
            ("5000/day;60/minute", &[(5000, 86_400), (60, 60)]),
            ("1000000000/month", &[(1_000_000_000, 2_592_000)]),
            ("7/hour", &[(7, 3600)]),
        ] {
            assert_eq!(parse(text), Ok(limited(limits)), "{text}");
        }
        assert_eq!(parse("unlimited"), Ok(PolicyText::Unlimited));
    }

    #[test]
    fn every_mistake_has_a_position_and_a_suggestion() {
        for (text, position, part) in [
            ("", 0, "a limit is missing"),
            ("60/minute;", 10, "a limit is missing"),
            ("; 60/minute", 0, "a limit is missing"),
            ("60", 0, "has no unit"),
            ("minute", 0, "has no unit"),
            ("60 per minute", 0, "write `60/minute`"),
            ("60 per hours", 0, "write `60/hour`"),
            ("60 per m", 0, "has no unit"),
            ("60 per 5 minutes", 0, "has no unit"),
            (" per minute", 0, "has no unit"),
            ("0/minute", 0, "zero"),
            ("00/minute", 0, "zero"),
            ("060/minute", 0, "leading zeros"),
            ("-1/minute", 0, "not an amount"),
            ("+1/minute", 0, "not an amount"),
            ("1_000/minute", 0, "not an amount"),
            ("1.5/minute", 0, "not an amount"),
            ("60 /minute", 0, "contains a space"),
            ("60/ minute", 0, "contains a space"),
            (" 60/minute", 0, "contains a space"),
            ("60/minute ", 0, "contains a space"),
            ("60/minute ; 5/day", 0, "contains a space"),
            ("60/minute;  5/day", 11, "contains a space"),
            ("60/minute;\n5/day", 10, "contains a space"),
            ("60/minute\u{a0}", 0, "contains a space"),
            ("/minute", 0, "not an amount"),
            ("60/", 3, "the unit is missing"),
            ("60/m", 3, "write `60/minute` or `60/month`"),
            ("60/min", 3, "write `60/minute`"),
            ("60/Minute", 3, "write `60/minute`"),
            ("60/minutes", 3, "write `60/minute`"),
            ("60/5minutes", 3, "exactly one unit long"),
            ("60/minute/day", 3, "is not a unit; use"),
            ("4000/s", 5, "write `4000/second`"),
            ("60/minute; 5/week", 13, "is not a unit; use"),
            ("60/minute; 70/minute", 11, "two limits per minute"),
            ("60/minute; unlimited", 11, "must be the whole text"),
            ("Unlimited", 0, "write `unlimited`"),
            ("4294967296/day", 0, "larger than 1000000000"),
            ("1000000001/day", 0, "larger than 1000000000"),
            ("99999999999999999999/day", 0, "larger than 1000000000"),
            ("६०/minute", 0, "not an amount"),
        ] {
            let error = parse(text).expect_err(text);
            assert_eq!(error.position, position, "{text}: {error}");
            assert!(error.message.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn a_higher_tier_gets_at_least_as_much() {
        let compare = |lower: &str, higher: &str| {
            let [lower, higher] = [lower, higher].map(|text| parse(text).expect("a policy"));
            gives_less(&lower, &higher)
        };
        for (lower, higher) in [
            ("100/day", "60/minute; 5000/day"),
            ("10/minute", "60/minute; 5000/day"),
            ("10/minute", "10/minute"),
            ("10/minute", "unlimited"),
            ("100/day", "60/hour"),
            ("60/minute; 5000/day", "120/minute; 150000/month"),
            ("60/minute; 150000/month", "60/minute; 5000/day"),
        ] {
            assert_eq!(compare(lower, higher), None);
        }
        for (lower, higher) in [
            ("10/minute", "9/minute"),
            ("unlimited", "9/minute"),
            ("100/hour", "1000/day"),
            ("10/minute; 100/day", "20/minute; 99/day"),
            ("100/day", "1/hour"),
        ] {
            assert!(compare(lower, higher).is_some(), "{lower}, {higher}");
        }
        for (lower, higher, message) in [
            ("10/minute", "9/minute", "9 per minute instead of 10"),
            ("unlimited", "9/minute", "a limit instead of `unlimited`"),
            ("100/hour", "1000/day", "30000 per month instead of 72000"),
            (
                "60/minute; 5000/day",
                "120/minute; 10000/month",
                "10000 per month instead of 150000",
            ),
            (
                "60/minute; 5000/day",
                "120/minute; 6000/day; 100000/month",
                "100000 per month instead of 150000",
            ),
            (
                "60/minute; 10000/month",
                "120/minute; 300/day",
                "9000 per month instead of 10000",
            ),
            (
                "60/minute",
                "60/minute; 50/day",
                "50 per minute instead of 60",
            ),
        ] {
            assert_eq!(compare(lower, higher).as_deref(), Some(message));
        }
    }
}
