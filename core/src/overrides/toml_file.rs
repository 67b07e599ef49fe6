use crate::access::overrides::Overrides;
use crate::access::overrides::invalid::InvalidOverrides;
use crate::access::overrides::quotation::escaped;
use crate::access::overrides::raw::{RawSnapshot, RawValue};
use crate::overrides::blocking_read::BlockingRead;
use crate::overrides::document::{DocumentValue, Entry};
use crate::overrides::load_error::LoadError;
use crate::overrides::loader::Loader;
use crate::overrides::store::{Store, StoreOptions, Stored, Wake};
use crate::tier::Tier;
use serde::Deserialize;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;

/// The maximum size of a file. An operator is unlikely to write a larger file.
const LARGEST_FILE: u64 = 16 * 1024 * 1024;

/// How long new content must stay unchanged before it is installed. A half-written file can be valid
/// but lack the last overrides, which may include a kill switch.
const SETTLING_TIME: Duration = Duration::from_millis(100);

/// How many times a changing file is read before the changes are reported as a problem.
const MAX_SETTLING_READS: usize = 20;

/// Overrides in a TOML file, which is watched for changes (feature `toml`).
///
/// ```
/// use tiergate::overrides::TomlOverrides;
/// use tiergate::{Catalogue, Overrides, requires_tier};
///
/// #[derive(Clone, Copy, tiergate::Tier)]
/// enum Tier { Free, Plus }
///
/// #[requires_tier(Plus, post = "/export")]
/// fn export() {}
///
/// #[derive(Catalogue)]
/// #[catalogue(tier = Tier, handlers(export))]
/// struct Api;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let path = std::env::temp_dir().join(format!("tiergate-doc-{}.toml", std::process::id()));
/// std::fs::write(&path, r#"
/// version = 7
///
/// [[override]]
/// kind = "require"
/// endpoint = "export"
/// tier = "Free"
/// until = 2026-12-08T00:00:00Z
/// by = "marketing"
/// because = "launch week"
/// "#)?;
///
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// let overrides = Overrides::of::<Api>();
/// let file = TomlOverrides::new(&path);
/// tokio::spawn(file.watch(&overrides));
/// # file.load(&overrides).await?;
/// # assert_eq!((overrides.version(), overrides.list().len()), (Some(7), 1));
/// # std::fs::remove_file(&path)?;
/// # Ok(()) }) }
/// ```
///
/// # The file
/// `version` is a whole number. **Raise it with every change.** A file with a lower version is
/// rejected, for example a file from a backup. A file with the same version but different overrides is
/// rejected too. The error names the versions. Without a version, the program couldn't distinguish a
/// change from a restored backup.
///
/// Each `[[override]]` has the [fields](super#stores) of an override. The value of `until` may be
/// quoted or unquoted.
///
/// A file that contains only a version ends all overrides. If anything in the file is invalid, the whole
/// file is rejected. To find mistakes before you deploy a file, run `myserver overrides check FILE`
/// (feature `cli`).
///
/// # Changes
/// The file is read every 250 milliseconds, and a change takes effect after about 350 milliseconds. The
/// file may be a symbolic link. If you can, replace the file by renaming another file: `mv new.toml
/// overrides.toml` never exposes a half-written file. New content is installed after it hasn't changed
/// for 100 milliseconds. A writer that pauses for longer in the middle of the file could therefore
/// expose a half-written file.
#[derive(Clone, Debug)]
pub struct TomlOverrides {
    path: Arc<Path>,
    options: StoreOptions,
    reads: Arc<BlockingRead<FileContent>>,
}

/// A file's content, or why it can't be read.
type FileContent = Result<Vec<u8>, String>;

impl TomlOverrides {
    /// Creates a store that reads the file at this path.
    pub fn new(path: impl AsRef<Path>) -> Self {
        Self {
            path: path.as_ref().into(),
            options: StoreOptions::every(Duration::from_millis(250)),
            reads: Arc::default(),
        }
    }

    /// Sets how long to wait before the file is read again. The default is 250 milliseconds.
    #[must_use]
    pub fn interval(mut self, interval: Duration) -> Self {
        self.options.interval = interval;
        self
    }

    /// Sets how long a read may take before a problem is reported. The default is two seconds.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options.timeout = timeout;
        self
    }

    /// Accepts files whose version is lower than the installed version. The default is `false`. With
    /// `true`, a restored backup can end a kill switch.
    #[must_use]
    pub fn accept_older_versions(mut self, accepts: bool) -> Self {
        self.options.accepts_older_versions = accepts;
        self
    }

    /// Reads the file once and installs its overrides.
    ///
    /// # Errors
    /// Returns an error if the file can't be read, or if it isn't a valid set of overrides.
    pub async fn load<T: Tier>(&self, overrides: &Overrides<T>) -> Result<(), LoadError> {
        Loader::new(self.clone(), overrides, self.options)
            .load()
            .await
    }

    /// Installs the file's overrides, and follows the file's changes. Spawn the returned future on a
    /// tokio runtime. It runs until you drop it.
    ///
    /// If the file can't be read or isn't valid, the installed overrides stay in effect. Each problem is
    /// logged once, at the `ERROR` level.
    pub fn watch<T: Tier>(
        &self,
        overrides: &Overrides<T>,
    ) -> impl Future<Output = ()> + Send + use<T> {
        let loader = Loader::new(self.clone(), overrides, self.options);
        async move { loader.watch(&Wake::default()).await }
    }

    async fn read_file(&self) -> FileContent {
        let path = self.path.clone();
        let read = self
            .reads
            .run(self.options.timeout, move || read_file(&path));
        let content = read
            .await
            .unwrap_or_else(|| Err("the file system doesn't respond".to_owned()));
        content.map_err(|reason| self.describe(&reason))
    }

    /// Adds the file's path to the description of a problem.
    fn describe(&self, problem: &str) -> String {
        let path = self.path.display().to_string();
        format!("{}: {problem}", escaped(&path))
    }

    /// Reads the file until two consecutive reads return the same content.
    async fn read_settled(&self, known: Option<&Vec<u8>>) -> FileContent {
        let mut content = self.read_file().await;
        for _ in 0..MAX_SETTLING_READS {
            if content.as_ref().ok() == known && known.is_some() {
                return content;
            }
            sleep(SETTLING_TIME).await;
            let earlier = std::mem::replace(&mut content, self.read_file().await);
            if content == earlier {
                return content;
            }
        }
        Err(self.describe("the file changes all the time"))
    }
}

/// Polls the file. The crate `notify` could report changes earlier, but has the licence CC0-1.0, which
/// this crate doesn't allow in its dependencies. Polling also works on network file systems, and for
/// paths through symbolic links that change, such as those of a Kubernetes `ConfigMap`. Each poll reads
/// the whole file, because restored and synchronised files can keep their size and modification time.
impl Store for TomlOverrides {
    const NAME: &'static str = "toml";
    type Content = Vec<u8>;

    async fn read(&self, known: Option<&Vec<u8>>) -> Result<Option<Stored<Vec<u8>>>, LoadError> {
        let content = self.read_settled(known).await;
        let content = content.map_err(LoadError::unavailable)?;
        if Some(&content) == known {
            return Ok(None);
        }
        let snapshot =
            parse(&content).map_err(|reason| InvalidOverrides::unreadable(self.describe(&reason)));
        Ok(Some(Stored { content, snapshot }))
    }
}

fn read_file(path: &Path) -> FileContent {
    let io = |error: std::io::Error| escaped(&error.to_string());
    // Opening a named pipe would block the thread, so the file's type is checked first.
    if !path.metadata().map_err(io)?.is_file() {
        return Err("this isn't a file".to_owned());
    }
    let mut content = Vec::new();
    let file = File::open(path).map_err(io)?;
    file.take(LARGEST_FILE + 1)
        .read_to_end(&mut content)
        .map_err(io)?;
    if content.len() as u64 > LARGEST_FILE {
        return Err(format!("the file has more than {LARGEST_FILE} bytes"));
    }
    Ok(content)
}

#[derive(Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a table with `version` and `override`"
)]
struct Document {
    version: u64,
    #[serde(default, rename = "override")]
    overrides: Vec<Entry<toml::Value>>,
}

impl DocumentValue for toml::Value {
    fn into_raw(self) -> Option<RawValue> {
        let other = match self {
            Self::String(text) => return Some(RawValue::Text(text)),
            Self::Datetime(time) => return Some(RawValue::Time(time.to_string())),
            Self::Integer(_) | Self::Float(_) => "a number",
            Self::Boolean(_) => "a boolean",
            Self::Array(_) => "a list",
            Self::Table(_) => "a table",
        };
        Some(RawValue::Other(other.to_owned()))
    }
}

/// Reads the content of a file.
///
/// # Errors
/// Returns a message that is safe to log.
pub(crate) fn parse(content: &[u8]) -> Result<RawSnapshot, String> {
    let text = std::str::from_utf8(content).map_err(|error| {
        let line = line_of(content, error.valid_up_to());
        format!("line {line} isn't UTF-8 text")
    })?;
    let document: Document = toml::from_str(text).map_err(|error| {
        let message = escaped(error.message());
        match error.span() {
            Some(span) => format!("line {}: {message}", line_of(content, span.start)),
            None => message,
        }
    })?;
    Ok(RawSnapshot {
        version: document.version,
        overrides: document
            .overrides
            .into_iter()
            .map(|entry| entry.raw)
            .collect(),
    })
}

fn line_of(content: &[u8], position: usize) -> usize {
    let before = &content[..position.min(content.len())];
    before.split(|byte| *byte == b'\n').count()
}

#[cfg(test)]
mod tests;
