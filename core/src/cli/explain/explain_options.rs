//! Parses the arguments of `explain`.

use crate::cli::explain::caller_options::{CallerOptions, time_of};
use std::ffi::OsString;
use std::time::SystemTime;

/// The arguments of `explain`.
#[derive(Default)]
pub(crate) struct ExplainOptions {
    pub(super) endpoint: Option<String>,
    pub(super) caller: CallerOptions,
    pub(super) format: Option<String>,
    at: Option<String>,
    /// The file of a recorded decision.
    pub(super) replay: Option<OsString>,
    pub(super) is_help: bool,
}

impl ExplainOptions {
    /// Parses the arguments after the command.
    ///
    /// # Errors
    /// Returns a message about the first invalid argument.
    pub(super) fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Self, String> {
        let mut options = Self::default();
        let mut arguments = arguments;
        let mut count = 0;
        while let Some(argument) = arguments.next() {
            count += 1;
            let text = argument.to_string_lossy();
            let (name, value) = match text.split_once('=') {
                Some((name, value)) if name.starts_with("--") => (name, Some(value)),
                _ => (&*text, None),
            };
            if value.is_none() && options.set_flag(name) {
                continue;
            }
            if !name.starts_with('-') {
                set_once("the endpoint", &mut options.endpoint, name.to_owned())?;
                continue;
            }
            let mut value_of = |name: &str| match value {
                Some(value) => Ok(value.into()),
                None => arguments.next().ok_or(format!("{name} needs a value")),
            };
            if name == "--replay" {
                set_once(name, &mut options.replay, value_of(name)?)?;
                continue;
            }
            let unexpected = || format!("unexpected argument {text:?}");
            if name == "--feature" {
                let key: OsString = value_of(name)?;
                options
                    .caller
                    .features
                    .push(key.to_string_lossy().into_owned());
                continue;
            }
            let option = options.option(name).ok_or_else(unexpected)?;
            set_once(name, option, value_of(name)?.to_string_lossy().into_owned())?;
        }
        if options.replay.is_some() && count > 1 && !options.is_help {
            return Err(
                "--replay reads the endpoint, the caller, the overrides and the time from the file; remove the other arguments"
                    .to_owned(),
            );
        }
        Ok(options)
    }

    /// Returns whether the argument is an option without a value.
    fn set_flag(&mut self, name: &str) -> bool {
        let flag = match name {
            "--help" | "-h" => &mut self.is_help,
            "--anonymous" => &mut self.caller.is_anonymous,
            "--unknown" => &mut self.caller.is_unknown,
            "--no-subscription" => &mut self.caller.is_without_subscription,
            _ => return false,
        };
        *flag = true;
        true
    }

    /// Returns the field that stores this option's value, or `None` if no option with a value has this
    /// name.
    fn option(&mut self, name: &str) -> Option<&mut Option<String>> {
        Some(match name {
            "--tier" => &mut self.caller.tier,
            "--id" => &mut self.caller.id,
            "--until" => &mut self.caller.until,
            "--then" => &mut self.caller.then,
            "--plan-version" => &mut self.caller.plan_version,
            "--at" => &mut self.at,
            "--format" => &mut self.format,
            _ => return None,
        })
    }

    /// Returns the time of the decision, if one was given.
    ///
    /// # Errors
    /// Returns a message if the time is invalid.
    pub(super) fn time(&self) -> Result<Option<SystemTime>, String> {
        let at = self.at.as_deref();
        at.map(|at| time_of("--at", at)).transpose()
    }
}

fn set_once<T>(name: &str, place: &mut Option<T>, value: T) -> Result<(), String> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(format!("{name} was given twice")),
    }
}
