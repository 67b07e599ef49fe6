//! The command `explain`, which prints a decision with its reasons.

pub(crate) mod call_limits;
pub(crate) mod caller_options;
pub(crate) mod explain_options;

use crate::access::caller::Caller;
use crate::access::decision::Decision;
use crate::access::decision::record::DecisionRecord;
use crate::access::overrides::Overrides;
use crate::catalogue::Catalogue;
use crate::cli::explain::call_limits::CallLimits;
use crate::cli::explain::explain_options::ExplainOptions;
use crate::cli::input::read_file;
use crate::endpoint::Endpoint;
use crate::snapshot::invisible_characters::{shown, without_byte_order_mark};
use crate::tier::Tier;
use std::ffi::OsString;
use std::fmt::Write as _;

/// The maximum number of endpoints that an error lists.
const LISTED_ENDPOINTS: usize = 30;

/// The lines about this command in the usage text.
pub(super) const USAGE: &str = "\
explain ENDPOINT CALLER              print whether the caller may call the endpoint, and why; exit
        [--at TIME]                  with 1 if the call is refused; ENDPOINT is a name, a route such as
        [--format text|json]         \"POST /export\", or an event; CALLER is --unknown, or one of
                                     --tier TIER [--anonymous] and --no-subscription with
                                     [--feature KEY]... [--id ID] [--plan-version N]
                                     [--until TIME [--then TIER]]; TIME is 2026-12-05T00:00:00Z
explain --replay FILE                decide again about the call in FILE, which is a decision in JSON,
                                     or - for standard input; exit with 1 if the results differ
";

/// Runs the command `explain`.
pub(super) struct ExplainCommand {
    /// Returns the overrides to take into account, for the endpoints that the command knows. `new` must
    /// not create a handle: guards search requests for overrides once the program has created a handle.
    overrides: Box<dyn Fn() -> Box<dyn Explain>>,
}

impl ExplainCommand {
    pub(super) fn new<C: Catalogue>() -> Self {
        Self {
            overrides: Box::new(|| Box::new(Overrides::of::<C>())),
        }
    }

    /// Sets the overrides to take into account.
    pub(super) fn set_handle<T: Tier>(&mut self, overrides: &Overrides<T>) {
        let overrides = overrides.clone();
        self.overrides = Box::new(move || Box::new(overrides.clone()));
    }

    /// Returns the output and the exit code, or `None` if the arguments ask for help.
    ///
    /// # Errors
    /// Returns an error if the arguments are wrong, or if a recorded decision can't be read.
    pub(super) fn run(
        &self,
        arguments: impl Iterator<Item = OsString>,
    ) -> Result<Option<(String, u8)>, String> {
        let options = ExplainOptions::parse(arguments)?;
        if options.is_help {
            return Ok(None);
        }
        let overrides = (self.overrides)();
        let Some(file) = &options.replay else {
            return overrides.explain(&options).map(Some);
        };
        let replay = overrides.replay(&read_file(file)?);
        let replay = replay.map_err(|error| format!("{}: {error}", file.display()))?;
        Ok(Some(replay))
    }
}

/// Overrides of any tier enum.
trait Explain {
    /// Makes a decision about the call that the options describe. Returns the output and the exit code.
    fn explain(&self, options: &ExplainOptions) -> Result<(String, u8), String>;

    /// Makes the decision about a recorded call again. Returns the output and the exit code.
    fn replay(&self, recorded: &str) -> Result<(String, u8), String>;
}

impl<T: Tier> Explain for Overrides<T> {
    fn explain(&self, options: &ExplainOptions) -> Result<(String, u8), String> {
        let endpoint = options.endpoint.as_deref().ok_or_else(|| {
            "explain needs an endpoint or an event; write its name or its route, such as \"POST /export\""
                .to_owned()
        })?;
        let all: Vec<_> = self.targets().all().copied().collect();
        let endpoint = endpoint_called(endpoint, &all)?;
        let caller: Caller<T> = options.caller.caller()?;
        let now = options.time()?.unwrap_or_else(|| self.now());
        let decision = Decision::of(endpoint, &caller, self, now);
        let current = self.current();
        let limits = CallLimits::of(endpoint, &caller, self.targets(), &current, now);
        let text = match options.format.as_deref().unwrap_or("text") {
            "text" if decision.overrides_version().is_some() => format!("{decision}{limits}"),
            // Without this line, readers might assume that the decision considers a server's overrides.
            "text" => format!("{decision}{limits}\noverrides: none installed"),
            "json" => {
                let mut record = DecisionRecord::of(&decision);
                record.limits = limits.record();
                serde_json::to_string_pretty(&record).map_err(|error| error.to_string())?
            }
            format => return Err(format!("unknown format {format:?}; use text or json")),
        };
        Ok((text, u8::from(!decision.is_allowed())))
    }

    fn replay(&self, recorded: &str) -> Result<(String, u8), String> {
        let recorded = DecisionRecord::from_json(without_byte_order_mark(recorded))
            .map_err(|error| shown(&error))?;
        let all: Vec<_> = self.targets().all().copied().collect();
        let endpoint = recorded.endpoint_in(&all)?;
        let decision = recorded.decide_again::<T>(endpoint)?;
        let again = DecisionRecord::of(&decision);
        let is_same = again.is_allowed == recorded.is_allowed
            && again.refusal == recorded.refusal
            && again.shadow == recorded.shadow;
        let mut text = "recorded:\n".to_owned();
        push_indented(&mut text, &recorded.explanation);
        text.push_str("decided again:\n");
        push_indented(&mut text, &again.explanation);
        text.push_str(if is_same {
            "the results are the same"
        } else {
            "the results differ"
        });
        Ok((text, u8::from(!is_same)))
    }
}

/// Appends the lines of an explanation. A recorded explanation comes from a file, so characters that
/// would confuse a terminal are removed.
fn push_indented(text: &mut String, explanation: &str) {
    for line in explanation.lines() {
        // Writing to a string can't fail.
        let _ = writeln!(text, "  {}", shown(line));
    }
}

/// Finds an endpoint by its name or its route.
///
/// # Errors
/// Returns a message that lists the endpoints to choose from.
fn endpoint_called(wanted: &str, catalogue: &[Endpoint]) -> Result<Endpoint, String> {
    let all = catalogue.iter().copied();
    let matches: Vec<_> = all
        .filter(|endpoint| endpoint.is_identified_by(wanted))
        .collect();
    match matches[..] {
        [endpoint] => Ok(endpoint),
        [] => Err(format!(
            "no endpoint or event of the catalogue has the name or route {wanted:?}; use one of: {}",
            listed(catalogue)
        )),
        _ => Err(format!(
            "several endpoints of the catalogue are called {wanted:?}; write the route of one of: {}",
            listed(&matches)
        )),
    }
}

fn listed(endpoints: &[Endpoint]) -> String {
    let shown = endpoints.iter().take(LISTED_ENDPOINTS);
    let mut list = shown
        .map(Endpoint::to_string)
        .collect::<Vec<_>>()
        .join(", ");
    let rest = endpoints.len().saturating_sub(LISTED_ENDPOINTS);
    if rest > 0 {
        let _ = write!(list, " and {rest} more, which `catalogue` prints");
    }
    list
}

#[cfg(test)]
mod tests {
    use super::{Explain, listed};
    use crate::access::caller::Caller;
    use crate::access::decision::Decision;
    use crate::access::decision::record::DecisionRecord;
    use crate::access::overrides::Overrides;
    use crate::access::overrides::override_entry::Override;
    use crate::cli::explain::explain_options::ExplainOptions;
    use crate::endpoint::Endpoint;
    use crate::endpoint::test_endpoints::{
        ALL, Feature, PLUS, PLUS_AND_RADIO, PRO_SOON, PUBLIC, RADIO, Tier,
    };
    use std::time::{Duration, SystemTime};

    fn now() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_millis(1_764_547_200_500)
    }

    fn explain(overrides: &Overrides<Tier>, arguments: &[&str]) -> Result<(String, u8), String> {
        let options = ExplainOptions::parse(arguments.iter().map(Into::into))?;
        overrides.explain(&options)
    }

    fn json(decision: &Decision) -> String {
        serde_json::to_string(&DecisionRecord::of(decision)).expect("JSON")
    }

    #[test]
    fn add_ons_are_read_from_their_keys() {
        let overrides = Overrides::<Tier>::of_endpoints(&ALL);
        let with = [
            "both",
            "--tier=Plus",
            "--feature",
            "radio",
            "--feature=body_cam",
        ];
        let (text, code) = explain(&overrides, &with).expect("a decision");
        assert!(text.contains("caller: the tier Plus, the add-on radio, the add-on body_cam"));
        assert_eq!(code, 0, "{text}");
        let (text, code) =
            explain(&overrides, &["GET /radio", "--tier", "Pro"]).expect("a decision");
        assert!(
            text.starts_with("refused with 403 feature_missing"),
            "{text}"
        );
        assert_eq!(code, 1);
        assert_eq!(
            explain(
                &overrides,
                &["both", "--tier", "Plus", "--feature", "drone"]
            ),
            Err("unknown add-on \"drone\"; expected one of: radio, body_cam".to_owned())
        );
    }

    #[test]
    fn a_long_list_of_endpoints_is_cut() {
        let all: Vec<Endpoint> = ALL.iter().copied().cycle().take(32).collect();
        assert!(listed(&all).ends_with(" and 2 more, which `catalogue` prints"));
        assert_eq!(listed(&all[..1]), "`plus` (GET /plus)");
    }

    #[test]
    fn every_recorded_decision_is_made_again() {
        let overrides = Overrides::<Tier>::of_endpoints(&ALL).with_clock(now);
        // The differences are less than a second. Without fractional seconds, the decisions would
        // change.
        let (soon, before) = (
            now() + Duration::from_millis(100),
            now() - Duration::from_nanos(1),
        );
        let caller = || Caller::new(Tier::Plus).with_id("customer-7");
        let callers = [
            caller(),
            caller().with_features([Feature::Radio, Feature::BodyCam]),
            caller().until(soon),
            caller().until(before),
            caller().until(before).then(Tier::Free),
            caller().with_plan_version(2),
            Caller::new(Tier::Free).with_id("customer-7"),
            Caller::without_subscription(),
            Caller::anonymous(Tier::Pro),
            Caller::unknown(),
        ];
        let grant = Override::grant("customer-7", RADIO).until(soon);
        let overrides_of_each_version = [
            vec![],
            vec![
                grant.by("support").because("a \"test\"\n"),
                Override::close(PLUS).until(before),
                Override::require(PLUS, Tier::Pro).until(soon),
                Override::observe(PRO_SOON, Tier::Plus).until(soon),
                Override::close(PLUS_AND_RADIO),
            ],
        ];
        for (version, entries) in overrides_of_each_version.into_iter().enumerate() {
            overrides
                .replace(version as u64, entries)
                .expect("valid overrides");
            for endpoint in ALL {
                for caller in &callers {
                    let decision = Decision::of(endpoint, caller, &overrides, now());
                    let recorded = DecisionRecord::from_json(&json(&decision)).expect("a record");
                    let found = recorded.endpoint_in(&ALL).expect("the endpoint");
                    let again = recorded.decide_again::<Tier>(found).expect("a decision");
                    assert_eq!(json(&again), json(&decision));
                    let (text, code) = overrides.replay(&json(&decision)).expect("a replay");
                    assert_eq!(code, 0, "{text}");
                }
            }
        }
    }

    #[test]
    fn a_replay_uses_the_current_requirements() {
        let overrides = Overrides::<Tier>::of_endpoints(&ALL);
        let decision = Decision::of(PLUS, &Caller::new(Tier::Plus), &overrides, now());
        // The endpoint now has a different route and requires an add-on.
        let recorded = json(&decision)
            .replace("\"plus\"", "\"both\"")
            .replace("/plus", "/earlier");
        assert_eq!(
            overrides.replay(&recorded),
            Ok((
                "recorded:\n  \
                   allowed: `plus` (GET /earlier)\n  \
                   requires: the tier Plus\n  \
                   caller: the tier Plus\n  \
                   at: 2025-12-01T00:00:00Z\n\
                 decided again:\n  \
                   refused with 403 feature_missing: `both` (GET /both) requires the add-on Radio; the caller doesn't have it\n  \
                   requires: the tier Plus and the add-on Radio\n  \
                   caller: the tier Plus\n  \
                   at: 2025-12-01T00:00:00Z\n\
                 the results differ"
                    .to_owned(),
                1
            ))
        );
    }

    #[test]
    fn a_damaged_record_is_an_error() {
        let overrides = Overrides::<Tier>::of_endpoints(&ALL);
        let caller = Caller::new(Tier::Plus)
            .with_feature(Feature::Radio)
            .until(now());
        let good = json(&Decision::of(PLUS, &caller, &overrides, now()));
        assert!(overrides.replay(&good).is_ok());
        for (from, to, complaint) in [
            (
                "\"version\":1",
                "\"version\":2",
                "the decision has version 2 of the format",
            ),
            (
                "\"tier\":\"Plus\",\"features\"",
                "\"tier\":\"Gold\",\"features\"",
                "unknown tier \"Gold\"; expected one of: Free, Plus, Pro",
            ),
            (
                "\"tier\":\"Plus\",\"features\"",
                "\"tier\":null,\"features\"",
                "the recorded caller has no tier",
            ),
            ("[\"radio\"]", "[\"drone\"]", "unknown add-on \"drone\""),
            (
                "2025-12-01T00:00:00.500",
                "yesterday",
                "not a decision in JSON: invalid value: string \"yesterday",
            ),
            (
                "\"plus\",\"method\":\"GET\",\"path\":\"/plus\"",
                "\"x\",\"method\":\"GET\",\"path\":\"/x\\u001b\"",
                "the catalogue no longer has the endpoint \"x\" (GET /x\\u{1b})",
            ),
            (
                "\"shadow\"",
                "\"light\"",
                "not a decision in JSON: unknown field `light`",
            ),
            ("{", "", "not a decision in JSON"),
        ] {
            assert!(good.contains(from), "{from}: {good}");
            let error = overrides.replay(&good.replacen(from, to, 1)).expect_err(to);
            assert!(error.contains(complaint), "{error}");
        }
    }

    #[test]
    fn a_recorded_text_cannot_control_the_terminal() {
        let overrides = Overrides::<Tier>::of_endpoints(&ALL);
        let decision = Decision::of(PUBLIC, &Caller::new(Tier::Free), &overrides, now());
        let recorded = json(&decision).replace("allowed: ", "allowed:\\u001b[2J ");
        let (text, _) = overrides.replay(&recorded).expect("a replay");
        assert!(
            !text.contains('\u{1b}') && text.contains("allowed:[2J `public`"),
            "{text}"
        );
    }
}
