//! Commands for your server (feature `cli`): `myserver catalogue` and `myserver diff`.

pub(crate) mod options;
pub(crate) mod output;

use self::options::Options;
use self::output::write;
use crate::catalogue::Catalogue;
use crate::snapshot::Snapshot;
use crate::snapshot::diff::Diff;
use crate::snapshot::diff::change::Effect;
use crate::snapshot::text::without_byte_order_mark;
use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;
use std::{fmt, fs};

/// Runs the command `catalogue` or `diff` and returns its exit code.
///
/// Returns `None` if the first argument is neither, so your server can parse the arguments itself.
/// Pass the arguments without the program's name. The enabled features determine which formats are
/// available. Use [`Cli`] to add or replace formats.
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
/// myserver catalogue [--format markdown|csv|typescript|json|html|openapi]
/// myserver diff OLD [--format text|markdown] [--fail-on any|breaking]
/// ```
///
/// `OLD` is a lock file, or the output of `catalogue --format json` from an earlier release. `-` reads
/// it from standard input.
///
/// `diff` exits with 0 if nothing changed and with 1 otherwise. With `--fail-on breaking`, it exits
/// with 1 only if a change takes something away from a caller. Both commands exit with 2 on an error.
pub fn run<C: Catalogue>(arguments: impl IntoIterator<Item = OsString>) -> Option<ExitCode> {
    Cli::new::<C>().run(arguments)
}

/// The commands of [`run`] with custom formats.
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
    /// The catalogue for lock files, if it differs from `snapshot`.
    locked: Option<Snapshot>,
    formats: Vec<(&'static str, Box<Render>)>,
}

type Render = dyn Fn(&Snapshot) -> String;

impl Cli {
    /// Creates the commands for a catalogue, with the formats of the enabled features.
    pub fn new<C: Catalogue>() -> Self {
        let cli = Self {
            snapshot: Snapshot::of::<C>(),
            locked: None,
            formats: Vec::new(),
        };
        let cli = cli
            .format("markdown", Snapshot::to_markdown)
            .format("csv", Snapshot::to_csv)
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
    /// Use this method if you lock a different catalogue from the one you document. For example, a
    /// server may lock all mounted endpoints and document only some of them.
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

    /// Adds a format to `catalogue`, or replaces the format of the same name.
    #[must_use]
    pub fn format(
        mut self,
        name: &'static str,
        render: impl Fn(&Snapshot) -> String + 'static,
    ) -> Self {
        let render: Box<Render> = Box::new(render);
        match self.formats.iter_mut().find(|(other, _)| *other == name) {
            Some((_, other)) => *other = render,
            None => self.formats.push((name, render)),
        }
        self
    }

    /// Returns the description of the commands, to include in your server's `--help` output.
    pub fn usage(&self) -> String {
        format!(
            "\
catalogue [--format FORMAT]          print the tier that each endpoint requires; FORMAT is one of
                                     {}
diff OLD [--format text|markdown]    print the changes since OLD, which is a JSON catalogue, a lock
     [--fail-on any|breaking]        file, or - for standard input; exit with 1 if there are any
                                     changes, or only if a change breaks a caller
",
            self.format_names()
        )
    }

    fn format_names(&self) -> String {
        let names: Vec<&str> = self.formats.iter().map(|(name, _)| *name).collect();
        names.join(", ")
    }

    /// Runs `catalogue` or `diff` like [`run`].
    pub fn run(&self, arguments: impl IntoIterator<Item = OsString>) -> Option<ExitCode> {
        self.run_with(arguments, &mut io::stdout().lock(), &mut io::stderr())
            .map(ExitCode::from)
    }

    /// Runs `catalogue` or `diff` like [`run`], but writes to `output` and `errors` instead of standard
    /// output and standard error. Returns the exit code.
    pub fn run_with(
        &self,
        arguments: impl IntoIterator<Item = OsString>,
        output: &mut dyn Write,
        errors: &mut dyn Write,
    ) -> Option<u8> {
        let mut arguments = arguments.into_iter();
        let command = arguments.next()?;
        let done = match command.to_str() {
            Some("catalogue") => {
                Options::read(arguments, false).and_then(|options| self.catalogue(&options))
            }
            Some("diff") => Options::read(arguments, true).and_then(|options| self.diff(&options)),
            _ => return None,
        };
        let written = match &done {
            Ok((text, _)) => write(output, text),
            // If writing the error fails too, the exit code still reports it.
            Err(error) => write(errors, &format!("{error}\n\n{}", self.usage())),
        };
        Some(match (done, written) {
            (Ok((_, code)), Ok(())) => code,
            // A reader such as `head` closed the pipe early. That is not an error.
            (Ok((_, code)), Err(error)) if error.kind() == io::ErrorKind::BrokenPipe => code,
            (Ok(_), Err(error)) => {
                let _ = writeln!(errors, "cannot write the output: {error}");
                MISTAKE
            }
            (Err(_), _) => MISTAKE,
        })
    }

    fn catalogue(&self, options: &Options) -> Result<(String, u8), String> {
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

    fn diff(&self, options: &Options) -> Result<(String, u8), String> {
        if options.is_help {
            return Ok((self.usage(), 0));
        }
        let Some(file) = &options.file else {
            return Err(
                "diff needs an earlier catalogue to compare with; add the path of its file"
                    .to_owned(),
            );
        };
        let shown = file.display();
        let text = match file.to_str() {
            Some("-") => io::read_to_string(io::stdin()),
            _ => fs::read_to_string(file),
        };
        let text = text.map_err(|error| format!("{shown}: {error}"))?;
        let is_json = without_byte_order_mark(&text)
            .trim_start()
            .starts_with(['{', '[']);
        let (old, new) = if is_json {
            let old = Snapshot::from_json(&text);
            (old.map_err(|error| error.to_string()), &self.snapshot)
        } else {
            let old = Snapshot::from_lock(&text);
            let locked = self.locked.as_ref().unwrap_or(&self.snapshot);
            // The file may also be a catalogue in another format, so the message names the format tried.
            let read = |error| format!("read as a lock file, because it is not JSON: {error}");
            (old.map_err(read), locked)
        };
        let old = old.map_err(|error| format!("{shown}: {error}"))?;
        let diff = Diff::between(&old, new);
        let code = match options.fail_on.as_deref().unwrap_or("any") {
            "any" => u8::from(!diff.is_empty()),
            "breaking" => u8::from(diff.has(Effect::Breaks)),
            other => {
                return Err(format!(
                    "unknown value {other:?} for --fail-on; use any or breaking"
                ));
            }
        };
        match options.format.as_deref().unwrap_or("text") {
            "text" => Ok((diff.to_string(), code)),
            "markdown" => Ok((diff.release_notes(), code)),
            format => Err(format!("unknown format {format:?}; use text or markdown")),
        }
    }
}

impl fmt::Debug for Cli {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let formats: Vec<&str> = self.formats.iter().map(|(name, _)| *name).collect();
        f.debug_struct("Cli")
            .field("formats", &formats)
            .finish_non_exhaustive()
    }
}

/// The exit code for errors.
const MISTAKE: u8 = 2;
