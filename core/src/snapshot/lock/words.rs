//! The words of a lock file's lines.

use crate::snapshot::invisible_characters::is_hidden;
use crate::snapshot::quoting::{quoted, unquote};

/// One word of a line. An unquoted `-` represents a missing value, and an unquoted option name starts an
/// option. The same texts in quotes are ordinary texts.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) is_quoted: bool,
}

impl Word {
    /// Returns the text, or `None` if the word represents a missing value.
    pub(super) fn unless_missing(&self) -> Option<String> {
        (self.text != "-" || self.is_quoted).then(|| self.text.clone())
    }

    /// Returns the option's name if the word starts an option.
    pub(super) fn option_name(&self) -> Option<&str> {
        let is_option = !self.is_quoted && OPTION_NAMES.contains(&self.text.as_str());
        is_option.then_some(self.text.as_str())
    }
}

pub(super) const ALIAS: &str = "alias";
pub(super) const FEATURE: &str = "feature";
pub(super) const OR_FEATURE: &str = "or_feature";
pub(super) const UNTIL_VERSION: &str = "until_version";
pub(super) const ENFORCED: &str = "enforced";
pub(super) const LIMIT: &str = "limit";
/// Starts the limits of a higher tier.
pub(super) const FROM: &str = "from";
pub(super) const COST: &str = "cost";

/// The names of options, most of them as in the attribute.
const OPTION_NAMES: [&str; 8] = [
    ALIAS,
    FEATURE,
    OR_FEATURE,
    UNTIL_VERSION,
    ENFORCED,
    LIMIT,
    FROM,
    COST,
];

/// Converts a text to one word of a line. Quotes the word if necessary.
pub(super) fn to_word(text: &str) -> String {
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

/// Converts a module to one word of a line. Options follow the module, so a module with the name of an
/// option is quoted.
pub(super) fn to_module_word(module: &str) -> String {
    if OPTION_NAMES.contains(&module) {
        quoted(module)
    } else {
        to_word(module)
    }
}

/// Splits a line into words, and ignores a comment at the end of the line.
pub(super) fn split_words(line: &str) -> Result<Vec<Word>, String> {
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
