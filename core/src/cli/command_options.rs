//! Parses a command's arguments.

use std::ffi::OsString;

/// The arguments of `catalogue` or `diff`.
#[derive(Default)]
pub(super) struct CommandOptions {
    pub(super) format: Option<String>,
    pub(super) fail_on: Option<String>,
    pub(super) old_file: Option<OsString>,
    pub(super) is_help: bool,
}

impl CommandOptions {
    pub(super) fn parse(
        arguments: impl Iterator<Item = OsString>,
        is_diff: bool,
    ) -> Result<Self, String> {
        let mut options = Self::default();
        let mut arguments = arguments;
        while let Some(argument) = arguments.next() {
            let (option_name, value) = match argument.to_str() {
                Some(text) if text.starts_with("--") => match text.split_once('=') {
                    Some((name, value)) => (name, Some(value.to_owned())),
                    None => (text, None),
                },
                Some(text) => (text, None),
                None => ("", None),
            };
            let option = match option_name {
                "--help" | "-h" if value.is_none() => {
                    options.is_help = true;
                    continue;
                }
                "--format" => &mut options.format,
                "--fail-on" if is_diff => &mut options.fail_on,
                _ if option_name.starts_with('-') && option_name != "-" => {
                    return Err(format!("unexpected argument {:?}", argument.display()));
                }
                _ if is_diff && options.old_file.is_none() => {
                    options.old_file = Some(argument);
                    continue;
                }
                _ => return Err(format!("unexpected argument {:?}", argument.display())),
            };
            let value = match value {
                Some(value) => value,
                None => match arguments.next() {
                    Some(value) => value.to_string_lossy().into_owned(),
                    None => return Err(format!("{option_name} needs a value")),
                },
            };
            if option.replace(value).is_some() {
                return Err(format!("{option_name} was given twice"));
            }
        }
        Ok(options)
    }
}
