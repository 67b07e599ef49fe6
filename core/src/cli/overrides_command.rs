//! The command `overrides`, which checks a file of overrides and lists the installed overrides.

use crate::access::overrides::Overrides;
use crate::access::overrides::override_entry::Override;
#[cfg(feature = "toml")]
use crate::access::overrides::snapshot::OverrideSnapshot;
use crate::catalogue::Catalogue;
#[cfg(feature = "toml")]
use crate::catalogue::overrides_of::targets_of;
use crate::tier::Tier;
#[cfg(feature = "toml")]
use std::ffi::OsStr;
use std::ffi::OsString;
use std::fmt::Write;
use std::time::SystemTime;

/// The lines of the usage about this command.
pub(super) const USAGE: &str = "\
overrides check FILE                 check a TOML file of overrides, or - for standard input, without
                                     installing it; exit with 1 if the file is invalid
overrides list                       print the installed overrides
";

/// Runs the command `overrides`.
pub(super) struct OverridesCommand {
    #[cfg(feature = "toml")]
    check: fn(&OsStr) -> Result<(String, u8), String>,
    list: Option<Box<dyn Fn() -> String>>,
}

impl OverridesCommand {
    // Without the feature `toml`, no command needs the catalogue.
    #[allow(clippy::extra_unused_type_parameters)]
    pub(super) fn new<C: Catalogue>() -> Self {
        Self {
            #[cfg(feature = "toml")]
            check: check::<C>,
            list: None,
        }
    }

    /// Sets the handle whose overrides `list` prints.
    pub(super) fn set_handle<T: Tier>(&mut self, overrides: &Overrides<T>) {
        let overrides = overrides.clone();
        self.list = Some(Box::new(move || {
            let current = overrides.current();
            match current.version {
                Some(version) => describe(version, &current.overrides, overrides.now()),
                None => "no overrides are installed".to_owned(),
            }
        }));
    }

    /// Returns the output and the exit code, or `None` if the arguments ask for help.
    ///
    /// # Errors
    /// Returns an error if the arguments are wrong or the file can't be read.
    pub(super) fn run(
        &self,
        arguments: impl Iterator<Item = OsString>,
    ) -> Result<Option<(String, u8)>, String> {
        let arguments: Vec<OsString> = arguments.collect();
        if arguments
            .iter()
            .any(|argument| argument == "--help" || argument == "-h")
        {
            return Ok(None);
        }
        let texts: Vec<_> = arguments.iter().map(|argument| argument.to_str()).collect();
        match texts.as_slice() {
            #[cfg(feature = "toml")]
            [Some("check"), _] => (self.check)(&arguments[1]).map(Some),
            #[cfg(not(feature = "toml"))]
            [Some("check"), _] => {
                Err("this program was built without the feature `toml` of tiergate".to_owned())
            }
            [Some("check")] => Err("overrides check needs the path of a file".to_owned()),
            [Some("list")] => match &self.list {
                Some(list) => Ok(Some((list(), 0))),
                None => Err("this program passes no overrides to `Cli::overrides`".to_owned()),
            },
            [Some("check" | "list"), .., _] => {
                let last = arguments.last().map(|argument| argument.display());
                let last = last.map(|last| last.to_string()).unwrap_or_default();
                Err(format!("unexpected argument {last:?}"))
            }
            _ => Err("overrides needs a command; use check or list".to_owned()),
        }
    }
}

/// Checks a file against a catalogue.
#[cfg(feature = "toml")]
fn check<C: Catalogue>(file: &OsStr) -> Result<(String, u8), String> {
    use crate::overrides::toml_file::parse;
    use std::io::Read;

    let mut content = Vec::new();
    let read = if file == "-" {
        std::io::stdin().read_to_end(&mut content).map(drop)
    } else {
        std::fs::read(file).map(|read| content = read)
    };
    let path = file.display();
    read.map_err(|error| format!("{path}: {error}"))?;
    let targets = targets_of::<C>();
    let checked = parse(&content).and_then(|raw| {
        let overrides = raw.read::<C::Tier>();
        let snapshot =
            overrides.and_then(|overrides| OverrideSnapshot::new(raw.version, overrides, &targets));
        let snapshot = snapshot.map_err(|error| error.to_string())?;
        Ok(describe(
            raw.version,
            &snapshot.overrides,
            SystemTime::now(),
        ))
    });
    Ok(match checked {
        Ok(description) => (format!("{path}: valid, {description}"), 0),
        Err(error) => (format!("{path}: {error}"), 1),
    })
}

/// Describes a set of overrides, with one line for each override.
fn describe<T: Tier>(version: u64, overrides: &[Override<T>], now: SystemTime) -> String {
    let count = match overrides.len() {
        1 => "1 override".to_owned(),
        count => format!("{count} overrides"),
    };
    let mut text = format!("version {version}, {count}\n");
    for (index, entry) in overrides.iter().enumerate() {
        let has_ended = entry.ends_at().is_some_and(|end| end <= now);
        let ended = if has_ended { " (ended)" } else { "" };
        let _ = writeln!(text, "{}. {entry}{ended}", index + 1);
    }
    text
}
