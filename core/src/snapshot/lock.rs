//! Lock files: text files under version control that record which tier each endpoint requires.

use crate::snapshot::diff::Diff;
use crate::snapshot::diff::matched_endpoints::key;
use crate::snapshot::error::SnapshotError;
use crate::snapshot::invisible_characters::{is_hidden, without_byte_order_mark};
use crate::snapshot::quoting::{quoted, unquote};
use crate::snapshot::rows::{AccessRow, EndpointRow, TierRow};
use crate::snapshot::{Snapshot, limits};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

const HEADER: &str = "\
# The tier that each endpoint requires. A test compares the program with this file.
# To accept a change, run: TIERGATE_UPDATE=1 cargo test
# To merge branches without conflicts, add to .gitattributes: tiers.lock merge=union
version 1
";

/// If this environment variable is `1` or `true`, `assert_locked` writes the lock file.
const UPDATE_VARIABLE: &str = "TIERGATE_UPDATE";

impl Snapshot {
    /// Returns the lock file's text. See
    /// [`Catalogue::assert_locked`](crate::Catalogue::assert_locked).
    ///
    /// ```
    /// use tiergate::Snapshot;
    ///
    /// let text = "\
    /// version 1
    /// tier 0 Free
    /// tier 3 Plus
    /// open /health GET health \"health checks have no account\"
    /// gate /units/{id} GET Plus unit
    /// ";
    /// let snapshot = Snapshot::from_lock(text)?;
    /// assert!(snapshot.to_lock().ends_with(text));
    /// # Ok::<(), tiergate::snapshot::SnapshotError>(())
    /// ```
    pub fn to_lock(&self) -> String {
        let mut lines: Vec<_> = self.endpoints.iter().map(endpoint_line).collect();
        // Public endpoints come first, where reviewers notice them. The public and the gated endpoints
        // form two lists, each sorted by path. An endpoint's line therefore stays in its place when the
        // endpoint's tier changes.
        lines.sort_by(|left, right| right[0].cmp(&left[0]).then_with(|| left.cmp(right)));
        let mut text = String::from(HEADER);
        for tier in &self.tiers {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "tier {} {}", tier.rank, to_word(&tier.name));
        }
        for line in lines {
            text.push_str(&line.join(" "));
            text.push('\n');
        }
        text
    }

    /// Reads a lock file. The lines can be in any order. Duplicate lines are accepted, because a union
    /// merge in git can produce them.
    ///
    /// # Errors
    /// Returns [`SnapshotError`] if the text isn't a lock file, contradicts itself, or exceeds a
    /// [limit](Self#limits). The message states the problem and, if possible, the line number.
    pub fn from_lock(text: &str) -> Result<Self, SnapshotError> {
        limits::check_document(text)?;
        let mut lock_reader = LockReader::default();
        for (index, line) in without_byte_order_mark(text).lines().enumerate() {
            let number = index + 1;
            split_words(line)
                .and_then(|words| lock_reader.read_line(number, &words))
                .map_err(|problem| SnapshotError::new(format!("line {number}: {problem}")))?;
        }
        lock_reader.into_snapshot()
    }
}

/// Returns the words of an endpoint's line. `to_lock` sorts the lines by these words.
fn endpoint_line(row: &EndpointRow) -> Vec<String> {
    let (method, path) = match &row.route {
        Some((method, path)) => (to_word(method), to_word(path)),
        None => ("-".to_owned(), "-".to_owned()),
    };
    let name = to_word(&row.name);
    let mut words = match &row.access {
        AccessRow::Public { reason } => vec!["open".to_owned(), path, method, name, quoted(reason)],
        AccessRow::Tier(tier) => vec!["gate".to_owned(), path, method, to_word(&tier.name), name],
    };
    // An endpoint without a route is identified by its module and name, so its line contains the module
    // too.
    if row.route.is_none() && !row.module.is_empty() {
        words.push(to_word(&row.module));
    }
    words
}

/// Converts a text to one word of a line. Quotes the word if necessary.
fn to_word(text: &str) -> String {
    let is_plain = |character: char| {
        (character.is_alphanumeric() && !is_hidden(character))
            || (character.is_ascii_graphic() && !"\"\\#<>".contains(character))
    };
    if text.is_empty() || text == "-" || !text.chars().all(is_plain) {
        quoted(text)
    } else {
        text.to_owned()
    }
}

/// One word of a line. An unquoted `-` represents a missing value. A quoted `-` is ordinary text.
#[derive(Debug, PartialEq, Eq)]
struct Word {
    text: String,
    is_quoted: bool,
}

/// Splits a line into words, and ignores a comment at the end of the line.
fn split_words(line: &str) -> Result<Vec<Word>, String> {
    let mut words = Vec::new();
    let mut rest_of_line = line.trim();
    while !rest_of_line.is_empty() && !rest_of_line.starts_with('#') {
        if let Some(quoted) = rest_of_line.strip_prefix('"') {
            let (text, after_quote) = unquote(quoted)?;
            words.push(Word {
                text,
                is_quoted: true,
            });
            rest_of_line = after_quote.trim_start();
        } else {
            let word_end = rest_of_line
                .find(char::is_whitespace)
                .unwrap_or(rest_of_line.len());
            words.push(Word {
                text: rest_of_line[..word_end].to_owned(),
                is_quoted: false,
            });
            rest_of_line = rest_of_line[word_end..].trim_start();
        }
    }
    Ok(words)
}

/// Collects the tiers and the endpoints from the lines of a lock file.
#[derive(Default)]
struct LockReader {
    has_version: bool,
    /// The tiers, in the order of their lines.
    tiers: Vec<TierRow>,
    distinct_tiers: HashSet<TierRow>,
    /// The endpoints, each with its line number.
    numbered_endpoints: Vec<(usize, EndpointRow)>,
}

impl LockReader {
    fn read_line(&mut self, number: usize, words: &[Word]) -> Result<(), String> {
        let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        match *texts.as_slice() {
            [] => {}
            ["version", "1"] => self.has_version = true,
            ["version", other] => {
                return Err(format!(
                    "the file has format version {other}, but this program reads version 1"
                ));
            }
            ["tier", rank, name] => {
                let rank = rank.parse().map_err(|_| format!("expected a rank, found {rank:?}"))?;
                let tier = TierRow {
                    name: name.to_owned(),
                    rank,
                };
                if self.distinct_tiers.insert(tier.clone()) {
                    self.tiers.push(tier);
                }
            }
            ["gate", _, _, tier, name] | ["gate", _, _, tier, name, _] => {
                // The rank is only in the line that declares the tier, and that line may come later in
                // the file. `into_snapshot` fills in the rank.
                let tier = TierRow {
                    name: tier.to_owned(),
                    rank: 0,
                };
                self.add_endpoint(number, words, name, AccessRow::Tier(tier))?;
            }
            ["open", _, _, name, reason] | ["open", _, _, name, reason, _] => {
                let reason = reason.to_owned();
                self.add_endpoint(number, words, name, AccessRow::Public { reason })?;
            }
            [first, ..] if is_conflict_marker(first) => {
                return Err(
                    "unresolved merge conflict; keep the lines of both sides and remove the markers".to_owned(),
                );
            }
            [..] => return Err("expected `tier RANK NAME`, `open PATH METHOD NAME REASON` or `gate PATH METHOD TIER NAME`".to_owned()),
        }
        Ok(())
    }

    fn add_endpoint(
        &mut self,
        number: usize,
        words: &[Word],
        name: &str,
        access: AccessRow,
    ) -> Result<(), String> {
        let row = EndpointRow {
            name: name.to_owned(),
            route: parse_route(&words[1], &words[2])?,
            access,
            summary: String::new(),
            module: words
                .get(5)
                .map(|word| word.text.clone())
                .unwrap_or_default(),
            is_deprecated: false,
        };
        self.numbered_endpoints.push((number, row));
        Ok(())
    }

    fn into_snapshot(self) -> Result<Snapshot, SnapshotError> {
        if !self.has_version {
            return Err(SnapshotError::new(
                "not a lock file: the line `version 1` is missing",
            ));
        }
        let mut tiers = self.tiers;
        tiers.sort_by_key(|tier| tier.rank);
        limits::check_tiers(&tiers)?;
        let mut ranks: HashMap<&str, u32> = HashMap::new();
        for (index, tier) in tiers.iter().enumerate() {
            let has_previous_rank = index > 0 && tiers[index - 1].rank == tier.rank;
            if ranks.insert(&tier.name, tier.rank).is_some() || has_previous_rank {
                return Err(SnapshotError::new(format!(
                    "two lines define the tier {} or the rank {}; keep one of them",
                    tier.name, tier.rank
                )));
            }
        }
        let mut endpoints: Vec<EndpointRow> = Vec::with_capacity(self.numbered_endpoints.len());
        let mut endpoint_positions = HashMap::new();
        for (number, mut row) in self.numbered_endpoints {
            if let AccessRow::Tier(tier) = &mut row.access {
                let Some(rank) = ranks.get(tier.name.as_str()) else {
                    return Err(SnapshotError::new(format!(
                        "line {number}: the tier {:?} is not defined; add a line `tier RANK NAME`",
                        tier.name
                    )));
                };
                tier.rank = *rank;
            }
            match endpoint_positions.entry(key(&row)) {
                Entry::Vacant(vacant) => {
                    vacant.insert((number, endpoints.len()));
                    endpoints.push(row);
                }
                Entry::Occupied(occupied) => {
                    let (first_number, index) = *occupied.get();
                    // If two branches changed the same line, a union merge keeps both versions. A
                    // person must decide which version is right.
                    if endpoints[index] != row {
                        return Err(SnapshotError::new(format!(
                            "lines {first_number} and {number} describe the same endpoint; keep one of them"
                        )));
                    }
                }
            }
        }
        let snapshot = Snapshot { tiers, endpoints };
        limits::check(&snapshot)?;
        Ok(snapshot)
    }
}

fn parse_route(path: &Word, method: &Word) -> Result<Option<(String, String)>, String> {
    let unless_missing =
        |word: &Word| (word.text != "-" || word.is_quoted).then(|| word.text.clone());
    EndpointRow::checked_route(unless_missing(method), unless_missing(path)).map_err(str::to_owned)
}

fn is_conflict_marker(word: &str) -> bool {
    ["<<<<<<<", "=======", ">>>>>>>", "|||||||"]
        .iter()
        .any(|marker| word.starts_with(marker))
}

/// Implements [`Catalogue::assert_locked`](crate::Catalogue::assert_locked).
///
/// # Errors
/// Returns a message for the developer if the file and the program differ, or if they can't be compared.
pub(crate) fn check(snapshot: &Snapshot, path: &Path) -> Result<(), String> {
    let lock_path = in_package(path);
    let shown_path = lock_path.display();
    if snapshot.endpoints.is_empty() {
        return Err(format!(
            "the catalogue is empty, so it cannot be compared with {shown_path}: no handler is annotated, or the linker dropped their crate; annotate the handlers, and use an item of their crate"
        ));
    }
    if let Some((first, second)) = indistinguishable(&snapshot.endpoints) {
        let qualified_name = |row: &EndpointRow| format!("`{}::{}`", row.module(), row.name());
        return Err(format!(
            "the catalogue cannot be locked, because a lock file cannot distinguish two of its endpoints: {} and {}; call the catalogue's `audit()` to see how to fix this",
            qualified_name(first),
            qualified_name(second)
        ));
    }
    let program_text = snapshot.to_lock();
    // A lock file doesn't store every value of an endpoint, and values that it doesn't store must not be
    // compared. Converting the program's catalogue to lock file text and reading this text removes them.
    let program = Snapshot::from_lock(&program_text)
        .map_err(|error| format!("the catalogue cannot be locked: {error}"))?;
    let file = match fs::read(&lock_path) {
        Ok(file) => Some(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(format!("cannot read {shown_path}: {error}")),
    };
    let is_current = file
        .as_deref()
        .and_then(|file| str::from_utf8(file).ok())
        .is_some_and(|file| file.lines().eq(program_text.lines()));
    if env::var_os(UPDATE_VARIABLE).is_some_and(|value| value == "1" || value == "true") {
        if is_current {
            return Ok(());
        }
        return fs::write(&lock_path, program_text)
            .map_err(|error| format!("cannot write {shown_path}: {error}"));
    }
    let Some(file) = file else {
        return Err(format!(
            "{shown_path} does not exist; run `{UPDATE_VARIABLE}=1 cargo test` to create it"
        ));
    };
    let locked = str::from_utf8(&file)
        .map_err(|error| SnapshotError::new(format!("not UTF-8: {error}")))
        .and_then(Snapshot::from_lock)
        .map_err(|error| {
            format!(
                "{shown_path}: {error}\nTo replace the file, run `{UPDATE_VARIABLE}=1 cargo test`"
            )
        })?;
    let diff = Diff::between(&locked, &program);
    if diff.is_empty() {
        return Ok(());
    }
    Err(format!(
        "the program and {shown_path} differ:\n\n{diff}\n\nIf the change is intended, run `{UPDATE_VARIABLE}=1 cargo test` to update the file, and have its change reviewed"
    ))
}

/// Returns the first two endpoints that a lock file can't distinguish from each other, if there are any.
fn indistinguishable(rows: &[EndpointRow]) -> Option<(&EndpointRow, &EndpointRow)> {
    let mut rows_by_key = HashMap::new();
    rows.iter()
        .find_map(|row| Some((rows_by_key.insert(key(row), row)?, row)))
}

/// Resolves a relative path, such as `tiers.lock`, against the folder of the package whose test is
/// running.
fn in_package(path: &Path) -> PathBuf {
    match env::var_os("CARGO_MANIFEST_DIR") {
        Some(package) => Path::new(&package).join(path),
        None => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::snapshot::{Snapshot, SnapshotError};
    use std::path::Path;

    const TIERS: &str = "version 1\ntier 0 Free\ntier 3 \"Pro | One\"\n";

    fn read(lines: &str) -> Result<Snapshot, String> {
        Snapshot::from_lock(&format!("{TIERS}{lines}")).map_err(|error| error.to_string())
    }

    #[test]
    fn all_names_survive_a_round_trip() {
        let mut snapshot = read("gate /a GET Free a\n").unwrap();
        for name in [
            "",
            "-",
            "a b",
            "#",
            "\"\\\n\r\t\u{202e}\u{0}",
            "é",
            "<<<<<<<",
            "\u{2028}",
        ] {
            for route in [None, Some(("GET".to_owned(), format!("/{name}")))] {
                snapshot.endpoints[0].name = name.to_owned();
                snapshot.endpoints[0].route = route;
                let lock = snapshot.to_lock();
                assert_eq!(Snapshot::from_lock(&lock), Ok(snapshot.clone()), "{lock}");
                assert!(lock.is_ascii() || name == "é", "{lock}");
            }
        }
    }

    #[test]
    fn the_order_of_lines_and_repeated_lines_do_not_matter() {
        let sorted = "open /h GET h \"why\"\ngate /a GET Free a\ngate /b GET \"Pro | One\" b\n";
        let merged =
            format!("gate /b GET \"Pro | One\" b\r\n{TIERS}\n# note\ngate /a GET Free a\n{sorted}");
        let snapshot = Snapshot::from_lock(&merged).unwrap();
        assert_eq!(snapshot.to_lock(), read(sorted).unwrap().to_lock());
        assert!(snapshot.to_lock().ends_with(sorted));
        let marked = format!("\u{feff}{TIERS}{sorted}");
        assert_eq!(
            Snapshot::from_lock(&marked),
            read(sorted).map_err(SnapshotError::new)
        );
    }

    #[test]
    fn errors_name_the_line() {
        for (lines, expected) in [
            ("gate /a GET Free\n", "line 4: expected `tier RANK NAME`"),
            (
                "gate /a GET Free a b c\n",
                "line 4: expected `tier RANK NAME`",
            ),
            ("tier x Gold\n", "line 4: expected a rank, found \"x\""),
            (
                "tier 3 Gold\n",
                "two lines define the tier Gold or the rank 3",
            ),
            ("tier 4 Free\n", "two lines define the tier Free"),
            (
                "gate /a GET Gold a\n",
                "line 4: the tier \"Gold\" is not defined",
            ),
            ("gate /a - Free a\n", "line 4: a method needs a path"),
            ("gate /a BREW Free a\n", "line 4: unknown method"),
            ("gate a GET Free a\n", "line 4: the path does not start"),
            (
                "gate /a GET Free \"a\n",
                "line 4: a quoted text has no closing quote",
            ),
            ("gate /a GET Free \"\\x\"\n", "line 4: unknown escape"),
            ("gate /a GET Free \"\\u{d800}\"\n", "line 4: `\\u{…}`"),
            ("version 2\n", "line 4: the file has format version 2"),
            ("<<<<<<< HEAD\n", "line 4: unresolved merge conflict"),
            (
                "gate /a/{x} GET Free a\ngate /a/{y} GET \"Pro | One\" a\n",
                "lines 4 and 5 describe the same endpoint; keep one of them",
            ),
        ] {
            let error = read(lines).unwrap_err();
            assert!(error.starts_with(expected), "{lines}: {error}");
        }
        let error = Snapshot::from_lock("").unwrap_err().to_string();
        assert_eq!(error, "not a lock file: the line `version 1` is missing");
    }

    #[test]
    fn an_empty_catalogue_matches_no_file() {
        let snapshot = read("").unwrap();
        let error = check(&snapshot, Path::new("no-such.lock")).unwrap_err();
        assert!(error.starts_with("the catalogue is empty"), "{error}");
    }
}
