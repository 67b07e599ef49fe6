//! Commands for your server (feature `cli`): `myserver catalogue`, `myserver diff`,
//! `myserver explain` and `myserver overrides`.

pub(crate) mod command_options;
pub(crate) mod explain;
pub(crate) mod input;
pub(crate) mod overrides_command;

use self::command_options::CommandOptions;
use self::explain::ExplainCommand;
use self::input::read_file;
use self::overrides_command::OverridesCommand;
use crate::access::overrides::Overrides;
use crate::catalogue::Catalogue;
use crate::snapshot::Snapshot;
use crate::snapshot::diff::Diff;
use crate::snapshot::diff::change::Effect;
use crate::snapshot::invisible_characters::without_byte_order_mark;
use crate::tier::Tier;
use std::ffi::OsString;
use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

/// Runs the `catalogue`, `diff`, `explain` or `overrides` command and returns its exit code.
///
/// Returns `None` if the first argument is none of these commands. Your server can then parse
/// the arguments itself. Pass the arguments without the program's name. The enabled features determine
/// which formats are available. Use [`Cli`] to add or replace formats.
///
/// ```
/// # use tiergate::{Catalogue, requires_tier};
/// # #[derive(Clone, Copy, tiergate::Tier)]
/// # enum Tier { Free, Plus }
/// # #[requires_tier(Plus, get = "/units")]
/// # fn units() {}
/// # #[derive(Catalogue)]
/// # #[catalogue(tier = Tier, handlers(units))]
/// # struct Api;
/// use std::process::ExitCode;
///
/// fn main() -> ExitCode {
///     if let Some(code) = tiergate::cli::run::<Api>(std::env::args_os().skip(1)) {
///         return code;
///     }
///     // …
///     ExitCode::SUCCESS
/// }
/// ```
///
/// ```text
/// myserver catalogue [--format markdown|csv|events-csv|typescript|json|html|openapi]
/// myserver diff OLD [--format text|markdown] [--fail-on any|breaking]
/// myserver explain ENDPOINT_OR_EVENT --tier Free --feature radio --id customer-7 --at 2026-12-05T00:00:00Z
/// myserver explain --replay FILE
/// myserver overrides check FILE
/// myserver overrides list
/// ```
///
/// `OLD` is a lock file, or the output of `catalogue --format json` from an earlier release. If `OLD` is
/// `-`, the command reads standard input.
///
/// `diff` exits with 0 if nothing changed, and with 1 otherwise. With `--fail-on breaking`, `diff` exits
/// with 1 only if a change takes something away from a caller. `overrides check` (feature `toml`) exits
/// with 1 if the file isn't a valid set of overrides for the catalogue. All commands exit with 2 on an
/// error.
///
/// # `explain`
/// Prints whether a caller may call an endpoint or receive an [event](crate::Event), and why. Write the name
/// of either, such as `export` or `EVENT_UNIT_STATUS`, or the route of an endpoint, such as `"POST /export"`.
/// The command exits with 0 if the call or the event is allowed, and with 1 if it is refused.
///
/// | option | meaning |
/// | --- | --- |
/// | `--tier TIER` | the caller subscribes to this tier |
/// | `--tier TIER --anonymous` | the caller sent no credential, and is served as this tier |
/// | `--no-subscription` | the caller is known, but has no subscription |
/// | `--unknown` | the caller wasn't recognised |
/// | `--feature KEY` | the caller has this add-on; can be repeated |
/// | `--id ID` | the caller's id, which overrides can grant access to |
/// | `--until TIME` | when the subscription ends |
/// | `--then TIER` | the tier after this end |
/// | `--plan-version N` | the version of the price list that the caller bought |
/// | `--at TIME` | the time of the call; the default is now |
/// | `--format text`, `--format json` | the output |
///
/// Write times in UTC, such as `2026-12-05T00:00:00Z`. Overrides apply if you pass them to
/// [`Cli::overrides`].
///
/// `--replay FILE` reads a decision in JSON: the output of `--format json`, or a
/// [`Decision`](crate::Decision) that was serialised with the `serde` feature, for example in a [decision
/// sink](crate::set_decision_sink). The command decides again about the recorded caller with the recorded
/// overrides and the recorded time, but with the requirements of the current program. It prints both
/// results. It exits with 0 if they are the same, and with 1 if they differ. If `FILE` is `-`, the command
/// reads standard input.
pub fn run<C: Catalogue>(arguments: impl IntoIterator<Item = OsString>) -> Option<ExitCode> {
    Cli::new::<C>().run(arguments)
}

/// The commands that [`run`] runs, with formats that you can add or replace.
///
/// ```
/// # use tiergate::{Catalogue, requires_tier};
/// # #[derive(Clone, Copy, tiergate::Tier)]
/// # enum Tier { Free, Plus }
/// # #[requires_tier(Plus, get = "/units")]
/// # fn units() {}
/// # #[derive(Catalogue)]
/// # #[catalogue(tier = Tier, handlers(units))]
/// # struct Api;
/// use tiergate::cli::Cli;
///
/// let cli = Cli::new::<Api>().format("names", |snapshot| {
///     let names = snapshot.endpoints().iter().map(|endpoint| format!("{}\n", endpoint.name()));
///     names.collect()
/// });
/// let mut output = Vec::new();
/// let code = cli.run_with(["catalogue".into(), "--format=names".into()], &mut output, &mut Vec::new());
/// assert_eq!(code, Some(0));
/// assert_eq!(output, b"units\n");
/// ```
pub struct Cli {
    snapshot: Snapshot,
    /// The catalogue that `diff` compares lock files with, if that catalogue isn't the one in
    /// `snapshot`.
    locked: Option<Snapshot>,
    formats: Vec<(&'static str, Box<RenderFormat>)>,
    explain_command: ExplainCommand,
    overrides_command: OverridesCommand,
}

type RenderFormat = dyn Fn(&Snapshot) -> String;

impl Cli {
    /// Creates the commands for a catalogue, with the formats that the enabled features provide.
    pub fn new<C: Catalogue>() -> Self {
        let cli = Self {
            snapshot: Snapshot::of::<C>(),
            locked: None,
            formats: Vec::new(),
            explain_command: ExplainCommand::new::<C>(),
            overrides_command: OverridesCommand::new::<C>(),
        };
        let cli = cli
            .format("markdown", Snapshot::to_markdown)
            .format("csv", Snapshot::to_csv)
            .format("events-csv", Snapshot::to_events_csv)
            .format("typescript", Snapshot::to_typescript)
            .format("json", Snapshot::to_json);
        #[cfg(feature = "html")]
        let cli = cli.format("html", |snapshot| {
            crate::export::html::Page::new(snapshot).render()
        });
        #[cfg(feature = "openapi")]
        let cli = cli.format("openapi", |snapshot| {
            let document = crate::export::openapi::Export::new(snapshot).document_json();
            format!("{document:#}")
        });
        cli
    }

    /// Sets the catalogue that `diff` compares lock files with.
    ///
    /// Use this method if you lock one catalogue and document another. For example, a server may lock
    /// all mounted endpoints and document only some of them.
    ///
    /// ```
    /// # use tiergate::{Catalogue, requires_tier};
    /// # #[derive(Clone, Copy, tiergate::Tier)]
    /// # enum Tier { Free, Plus }
    /// # #[requires_tier(Plus, get = "/units")]
    /// # fn units() {}
    /// # #[requires_tier(public = "the docs are for everybody", get = "/")]
    /// # fn page() {}
    /// #[derive(Catalogue)]
    /// #[catalogue(tier = Tier, handlers(units))]
    /// struct Api;
    ///
    /// #[derive(Catalogue)]
    /// #[catalogue(tier = Tier, handlers(page), include(Api))]
    /// struct Site;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// # let lock = std::env::temp_dir().join(format!("tiergate-locked-{}", std::process::id()));
    /// # std::fs::write(&lock, tiergate::Snapshot::of::<Site>().to_lock())?;
    /// let cli = tiergate::cli::Cli::new::<Api>().locked::<Site>();
    /// let code = cli.run_with(["diff".into(), lock.clone().into()], &mut Vec::new(), &mut Vec::new());
    /// assert_eq!(code, Some(0));
    /// # std::fs::remove_file(lock)?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn locked<C: Catalogue>(mut self) -> Self {
        self.locked = Some(Snapshot::of::<C>());
        self
    }

    /// Sets the handle whose overrides `overrides list` prints, and which `explain` takes into account.
    /// `explain` then knows the endpoints of this handle. Load the overrides from their store before you
    /// run the command.
    ///
    /// ```
    /// # use tiergate::{Catalogue, requires_tier};
    /// # #[derive(Clone, Copy, tiergate::Tier)]
    /// # enum Tier { Free, Plus }
    /// # #[requires_tier(Plus, get = "/units")]
    /// # fn units() {}
    /// # #[derive(Catalogue)]
    /// # #[catalogue(tier = Tier, handlers(units))]
    /// # struct Api;
    /// use tiergate::{Override, Overrides, cli::Cli};
    ///
    /// let overrides = Overrides::of::<Api>();
    /// overrides.replace(7, [Override::close("units").by("ops")])?;
    ///
    /// let cli = Cli::new::<Api>().overrides(&overrides);
    /// let mut output = Vec::new();
    /// let code = cli.run_with(["overrides".into(), "list".into()], &mut output, &mut Vec::new());
    /// assert_eq!(code, Some(0));
    /// assert_eq!(
    ///     String::from_utf8_lossy(&output),
    ///     "version 7, 1 override\n1. close \"units\", set by \"ops\"\n",
    /// );
    ///
    /// let arguments = ["explain", "GET /units", "--tier=Plus", "--at=2026-12-05T00:00:00Z"];
    /// let mut output = Vec::new();
    /// let code = cli.run_with(arguments.map(Into::into), &mut output, &mut Vec::new());
    /// assert_eq!(code, Some(1));
    /// assert_eq!(
    ///     String::from_utf8_lossy(&output),
    ///     "refused with 503 endpoint_closed: `units` (GET /units) is closed for now\n\
    ///      requires: the tier Plus\n\
    ///      override: close, set by \"ops\"\n\
    ///      caller: the tier Plus\n\
    ///      at: 2026-12-05T00:00:00Z\n",
    /// );
    /// # Ok::<(), tiergate::InvalidOverrides>(())
    /// ```
    #[must_use]
    pub fn overrides<T: Tier>(mut self, overrides: &Overrides<T>) -> Self {
        self.explain_command.set_handle(overrides);
        self.overrides_command.set_handle(overrides);
        self
    }

    /// Adds a format to the `catalogue` command, or replaces the existing format with this name.
    ///
    /// For example, replace `openapi` to add the schemas of your events with
    /// [`openapi::Export`](crate::openapi::Export).
    #[must_use]
    pub fn format(
        mut self,
        name: &'static str,
        render: impl Fn(&Snapshot) -> String + 'static,
    ) -> Self {
        let render: Box<RenderFormat> = Box::new(render);
        let existing = self
            .formats
            .iter_mut()
            .find(|(format_name, _)| *format_name == name);
        match existing {
            Some((_, existing_render)) => *existing_render = render,
            None => self.formats.push((name, render)),
        }
        self
    }

    /// Returns the description of the commands, to include in your server's `--help` output.
    pub fn usage(&self) -> String {
        format!(
            "\
catalogue [--format FORMAT]          print the tier that each endpoint and event requires; FORMAT is
                                     one of {}
diff OLD [--format text|markdown]    print the changes since OLD, which is a JSON catalogue, a lock
     [--fail-on any|breaking]        file, or - for standard input; exit with 1 if there are any
                                     changes, or only if a change breaks a caller
{}{}",
            self.format_names(),
            explain::USAGE,
            overrides_command::USAGE
        )
    }

    fn format_names(&self) -> String {
        let format_names: Vec<&str> = self.formats.iter().map(|(name, _)| *name).collect();
        format_names.join(", ")
    }

    /// Runs a command like [`run`].
    pub fn run(&self, arguments: impl IntoIterator<Item = OsString>) -> Option<ExitCode> {
        self.run_with(arguments, &mut io::stdout().lock(), &mut io::stderr())
            .map(ExitCode::from)
    }

    /// Runs a command like [`run`], but writes to `output` and `errors` instead of standard
    /// output and standard error. Returns the exit code. Like [`run`], returns `None` if the first
    /// argument is none of the commands.
    pub fn run_with(
        &self,
        arguments: impl IntoIterator<Item = OsString>,
        output: &mut dyn Write,
        errors: &mut dyn Write,
    ) -> Option<u8> {
        let mut arguments = arguments.into_iter();
        let command = arguments.next()?;
        let command_result = match command.to_str() {
            Some("catalogue") => CommandOptions::parse(arguments, false)
                .and_then(|options| self.run_catalogue(&options)),
            Some("diff") => {
                CommandOptions::parse(arguments, true).and_then(|options| self.run_diff(&options))
            }
            Some("explain") => self
                .explain_command
                .run(arguments)
                .map(|result| result.unwrap_or_else(|| (self.usage(), 0))),
            Some("overrides") => self
                .overrides_command
                .run(arguments)
                .map(|result| result.unwrap_or_else(|| (self.usage(), 0))),
            _ => return None,
        };
        let write_result = match &command_result {
            Ok((text, _)) => write_output(output, text),
            // Even if writing the error message fails, the exit code reports the error.
            Err(error) => write_output(errors, &format!("{error}\n\n{}", self.usage())),
        };
        Some(match (command_result, write_result) {
            (Ok((_, exit_code)), Ok(())) => exit_code,
            // A reader such as `head` closed the pipe early, which isn't an error.
            (Ok((_, exit_code)), Err(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
                exit_code
            }
            (Ok(_), Err(error)) => {
                let _ = writeln!(errors, "cannot write the output: {error}");
                ERROR_EXIT_CODE
            }
            (Err(_), _) => ERROR_EXIT_CODE,
        })
    }

    fn run_catalogue(&self, options: &CommandOptions) -> Result<(String, u8), String> {
        if options.is_help {
            return Ok((self.usage(), 0));
        }
        let format = options.format.as_deref().unwrap_or("markdown");
        match self.formats.iter().find(|(name, _)| *name == format) {
            Some((_, render)) => Ok((render(&self.snapshot), 0)),
            None => Err(format!(
                "unknown format {format:?}; use one of: {}",
                self.format_names()
            )),
        }
    }

    fn run_diff(&self, options: &CommandOptions) -> Result<(String, u8), String> {
        if options.is_help {
            return Ok((self.usage(), 0));
        }
        let Some(old_file) = &options.old_file else {
            return Err(
                "diff needs an earlier catalogue to compare with; add the path of its file"
                    .to_owned(),
            );
        };
        let old_path = old_file.display();
        let old_text = read_file(old_file)?;
        let is_json = without_byte_order_mark(&old_text)
            .trim_start()
            .starts_with(['{', '[']);
        let (old, new) = if is_json {
            let old = Snapshot::from_json(&old_text);
            (old.map_err(|error| error.to_string()), &self.snapshot)
        } else {
            let old = Snapshot::from_lock(&old_text);
            let locked = self.locked.as_ref().unwrap_or(&self.snapshot);
            // The file isn't JSON, so it is read as a lock file. It may also be a catalogue in another
            // format, such as Markdown. The message therefore states which format was assumed.
            let lock_error =
                |error| format!("read as a lock file, because it is not JSON: {error}");
            (old.map_err(lock_error), locked)
        };
        let old = old.map_err(|error| format!("{old_path}: {error}"))?;
        let diff = Diff::between(&old, new);
        let exit_code = match options.fail_on.as_deref().unwrap_or("any") {
            "any" => u8::from(!diff.is_empty()),
            "breaking" => u8::from(diff.has(Effect::Breaks)),
            fail_on => {
                return Err(format!(
                    "unknown value {fail_on:?} for --fail-on; use any or breaking"
                ));
            }
        };
        match options.format.as_deref().unwrap_or("text") {
            "text" => Ok((diff.to_string(), exit_code)),
            "markdown" => Ok((diff.release_notes(), exit_code)),
            format => Err(format!("unknown format {format:?}; use text or markdown")),
        }
    }
}

impl fmt::Debug for Cli {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let format_names: Vec<&str> = self.formats.iter().map(|(name, _)| *name).collect();
        f.debug_struct("Cli")
            .field("formats", &format_names)
            .finish_non_exhaustive()
    }
}

/// Writes a text and a final newline. If the reader has closed the pipe, this function returns an
/// error, whereas `print!` panics.
fn write_output(output: &mut dyn Write, text: &str) -> io::Result<()> {
    output.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        output.write_all(b"\n")?;
    }
    output.flush()
}

/// The exit code for errors.
const ERROR_EXIT_CODE: u8 = 2;
