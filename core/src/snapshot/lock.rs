//! The lock file: the tiers of a catalogue as text under version control.

use crate::snapshot::diff::Diff;
use crate::snapshot::diff::pairs::key;
use crate::snapshot::error::SnapshotError;
use crate::snapshot::rows::{AccessRow, EndpointRow, TierRow};
use crate::snapshot::text::{is_hidden, quoted, without_byte_order_mark};
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

/// The environment variable that makes [`assert_locked`] write the file, if it is `1` or `true`.
const UPDATE: &str = "TIERGATE_UPDATE";

impl Snapshot {
    /// Returns the text of a lock file. See
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
        let mut lines: Vec<_> = self.endpoints.iter().map(line).collect();
        // Public endpoints come first, where reviewers see them. The lines are then sorted by path, so
        // a line stays in place when its tier changes.
        lines.sort_by(|one, other| other[0].cmp(&one[0]).then_with(|| one.cmp(other)));
        let mut text = String::from(HEADER);
        for tier in &self.tiers {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "tier {} {}", tier.rank, word(&tier.name));
        }
        for line in lines {
            text.push_str(&line.join(" "));
            text.push('\n');
        }
        text
    }

    /// Reads a lock file. The lines can be in any order. Identical lines can repeat, because git's
    /// union merge leaves such duplicates.
    ///
    /// # Errors
    /// Returns [`SnapshotError`] if the text isn't a lock file, contradicts itself or exceeds a
    /// [limit](Self#limits). The message names the problem and, where possible, the line.
    pub fn from_lock(text: &str) -> Result<Self, SnapshotError> {
        limits::check_document(text)?;
        let mut reader = Reader::default();
        for (index, line) in without_byte_order_mark(text).lines().enumerate() {
            let read = words(line).and_then(|words| reader.line(index + 1, &words));
            read.map_err(|what| SnapshotError::new(format!("line {}: {what}", index + 1)))?;
        }
        reader.finish()
    }
}

/// Returns the words of an endpoint's line, with the sort key first.
fn line(row: &EndpointRow) -> Vec<String> {
    let (method, path) = match &row.route {
        Some((method, path)) => (word(method), word(path)),
        None => ("-".to_owned(), "-".to_owned()),
    };
    let name = word(&row.name);
    let mut words = match &row.access {
        AccessRow::Public { reason } => vec!["open".to_owned(), path, method, name, quoted(reason)],
        AccessRow::Tier(tier) => vec!["gate".to_owned(), path, method, word(&tier.name), name],
    };
    // Without a route, an endpoint is identified by its module and name.
    if row.route.is_none() && !row.module.is_empty() {
        words.push(word(&row.module));
    }
    words
}

/// Returns the text as one word of a line, quoted if necessary.
fn word(text: &str) -> String {
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

/// One word of a line. Only an unquoted `-` means "none".
#[derive(Debug, PartialEq, Eq)]
struct Word {
    text: String,
    is_quoted: bool,
}

/// Splits a line into words, up to a comment.
fn words(line: &str) -> Result<Vec<Word>, String> {
    let mut words = Vec::new();
    let mut rest = line.trim();
    while !rest.is_empty() && !rest.starts_with('#') {
        if let Some(quoted) = rest.strip_prefix('"') {
            let (text, behind) = unquote(quoted)?;
            words.push(Word {
                text,
                is_quoted: true,
            });
            rest = behind.trim_start();
        } else {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            words.push(Word {
                text: rest[..end].to_owned(),
                is_quoted: false,
            });
            rest = rest[end..].trim_start();
        }
    }
    Ok(words)
}

/// Reads a text that `quoted` wrote, starting after its opening quote. Also returns the remainder.
fn unquote(quoted: &str) -> Result<(String, &str), String> {
    let mut text = String::new();
    let mut rest = quoted.chars();
    while let Some(character) = rest.next() {
        match character {
            '"' => return Ok((text, rest.as_str())),
            '\\' => match rest.next() {
                Some('n') => text.push('\n'),
                Some('r') => text.push('\r'),
                Some('t') => text.push('\t'),
                Some('u') => {
                    let escape = rest.as_str().strip_prefix('{').and_then(|hex| {
                        let (hex, behind) = hex.split_once('}')?;
                        let character = char::from_u32(u32::from_str_radix(hex, 16).ok()?)?;
                        Some((character, behind))
                    });
                    let Some((character, behind)) = escape else {
                        return Err(
                            "`\\u{…}` must contain the hexadecimal code of a character".to_owned()
                        );
                    };
                    text.push(character);
                    rest = behind.chars();
                }
                Some(character @ ('"' | '\\')) => text.push(character),
                _ => {
                    return Err(
                        "unknown escape in a quoted text; write a backslash as `\\\\`".to_owned(),
                    );
                }
            },
            character => text.push(character),
        }
    }
    Err("a quoted text has no closing quote".to_owned())
}

#[derive(Default)]
struct Reader {
    has_version: bool,
    /// The tiers, in the order of their lines.
    tiers: Vec<TierRow>,
    known: HashSet<TierRow>,
    /// The endpoints, each with its line number.
    endpoints: Vec<(usize, EndpointRow)>,
}

impl Reader {
    fn line(&mut self, number: usize, words: &[Word]) -> Result<(), String> {
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
                if self.known.insert(tier.clone()) {
                    self.tiers.push(tier);
                }
            }
            ["gate", _, _, tier, name] | ["gate", _, _, tier, name, _] => {
                // The line of the tier contains the rank and may come later.
                let tier = TierRow {
                    name: tier.to_owned(),
                    rank: 0,
                };
                self.endpoint(number, words, name, AccessRow::Tier(tier))?;
            }
            ["open", _, _, name, reason] | ["open", _, _, name, reason, _] => {
                let reason = reason.to_owned();
                self.endpoint(number, words, name, AccessRow::Public { reason })?;
            }
            [first, ..] if is_conflict(first) => {
                return Err(
                    "unresolved merge conflict; keep the lines of both sides and remove the markers".to_owned(),
                );
            }
            [..] => return Err("expected `tier RANK NAME`, `open PATH METHOD NAME REASON` or `gate PATH METHOD TIER NAME`".to_owned()),
        }
        Ok(())
    }

    fn endpoint(
        &mut self,
        number: usize,
        words: &[Word],
        name: &str,
        access: AccessRow,
    ) -> Result<(), String> {
        let row = EndpointRow {
            name: name.to_owned(),
            route: route(&words[1], &words[2])?,
            access,
            summary: String::new(),
            module: words
                .get(5)
                .map(|word| word.text.clone())
                .unwrap_or_default(),
            is_deprecated: false,
        };
        self.endpoints.push((number, row));
        Ok(())
    }

    fn finish(self) -> Result<Snapshot, SnapshotError> {
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
            let same_rank = index > 0 && tiers[index - 1].rank == tier.rank;
            if ranks.insert(&tier.name, tier.rank).is_some() || same_rank {
                return Err(SnapshotError::new(format!(
                    "two lines define the tier {} or the rank {}; keep one of them",
                    tier.name, tier.rank
                )));
            }
        }
        let mut endpoints: Vec<EndpointRow> = Vec::with_capacity(self.endpoints.len());
        let mut places = HashMap::new();
        for (number, mut row) in self.endpoints {
            if let AccessRow::Tier(tier) = &mut row.access {
                let Some(rank) = ranks.get(tier.name.as_str()) else {
                    return Err(SnapshotError::new(format!(
                        "line {number}: the tier {:?} is not defined; add a line `tier RANK NAME`",
                        tier.name
                    )));
                };
                tier.rank = *rank;
            }
            match places.entry(key(&row)) {
                Entry::Vacant(place) => {
                    place.insert((number, endpoints.len()));
                    endpoints.push(row);
                }
                Entry::Occupied(place) => {
                    let (other, index) = *place.get();
                    // If two branches changed the same line, a union merge keeps both versions. A
                    // person must decide which one is right.
                    if endpoints[index] != row {
                        return Err(SnapshotError::new(format!(
                            "lines {other} and {number} describe the same endpoint; keep one of them"
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

fn route(path: &Word, method: &Word) -> Result<Option<(String, String)>, String> {
    let given = |word: &Word| (word.text != "-" || word.is_quoted).then(|| word.text.clone());
    EndpointRow::checked_route(given(method), given(path)).map_err(str::to_owned)
}

fn is_conflict(word: &str) -> bool {
    ["<<<<<<<", "=======", ">>>>>>>", "|||||||"]
        .iter()
        .any(|marker| word.starts_with(marker))
}

/// Implements [`Catalogue::assert_locked`](crate::Catalogue::assert_locked).
///
/// # Errors
/// Returns a message for the developer if the file and the program differ or can't be compared.
pub(crate) fn check(snapshot: &Snapshot, path: &Path) -> Result<(), String> {
    let path = in_package(path);
    let shown = path.display();
    if snapshot.endpoints.is_empty() {
        return Err(format!(
            "the catalogue is empty, so it cannot be compared with {shown}: no handler is annotated, or the linker dropped their crate; annotate the handlers, and use an item of their crate"
        ));
    }
    if let Some((one, other)) = indistinguishable(&snapshot.endpoints) {
        let shown = |row: &EndpointRow| format!("`{}::{}`", row.module(), row.name());
        return Err(format!(
            "the catalogue cannot be locked, because a lock file cannot distinguish two of its endpoints: {} and {}; call the catalogue's `audit()` to see how to fix this",
            shown(one),
            shown(other)
        ));
    }
    let text = snapshot.to_lock();
    // Reading the text back drops the values that a lock file doesn't store, so they aren't compared.
    let program = Snapshot::from_lock(&text)
        .map_err(|error| format!("the catalogue cannot be locked: {error}"))?;
    let file = match fs::read(&path) {
        Ok(file) => Some(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(format!("cannot read {shown}: {error}")),
    };
    let is_current = file
        .as_deref()
        .and_then(|file| str::from_utf8(file).ok())
        .is_some_and(|file| file.lines().eq(text.lines()));
    if env::var_os(UPDATE).is_some_and(|value| value == "1" || value == "true") {
        if is_current {
            return Ok(());
        }
        return fs::write(&path, text).map_err(|error| format!("cannot write {shown}: {error}"));
    }
    let Some(file) = file else {
        return Err(format!(
            "{shown} does not exist; run `{UPDATE}=1 cargo test` to create it"
        ));
    };
    let locked = str::from_utf8(&file)
        .map_err(|error| SnapshotError::new(format!("not UTF-8: {error}")))
        .and_then(Snapshot::from_lock)
        .map_err(|error| {
            format!("{shown}: {error}\nTo replace the file, run `{UPDATE}=1 cargo test`")
        })?;
    let diff = Diff::between(&locked, &program);
    if diff.is_empty() {
        return Ok(());
    }
    Err(format!(
        "the program and {shown} differ:\n\n{diff}\n\nIf the change is intended, run `{UPDATE}=1 cargo test` to update the file, and have its change reviewed"
    ))
}

/// Returns two endpoints that a reader of the lock file couldn't distinguish, if there are any.
fn indistinguishable(rows: &[EndpointRow]) -> Option<(&EndpointRow, &EndpointRow)> {
    let mut known = HashMap::new();
    rows.iter()
        .find_map(|row| Some((known.insert(key(row), row)?, row)))
}

/// Resolves a relative path against the package whose test is running.
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
