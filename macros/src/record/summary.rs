//! The summary of a handler or an event, which is the first paragraph of its documentation.

use crate::route::template;
use proc_macro2::{Delimiter, TokenTree};
use quote::ToTokens;
use syn::{Attribute, Lit, Meta};

/// An item's documentation: the values of its `#[doc = …]` attributes.
#[derive(Default)]
pub(crate) struct Documentation(Vec<TokenTree>);

impl Documentation {
    pub(crate) fn of(attributes: &[Attribute]) -> Self {
        let doc_values = attributes
            .iter()
            .filter_map(|attribute| match &attribute.meta {
                Meta::NameValue(meta) if meta.path.is_ident("doc") => {
                    meta.value.to_token_stream().into_iter().next()
                }
                _ => None,
            });
        Self(doc_values.collect())
    }

    pub(crate) fn push(&mut self, doc_value: TokenTree) {
        self.0.push(doc_value);
    }

    /// Returns the first paragraph, joined into one line. Shortens a paragraph that is too long for the
    /// record.
    pub(crate) fn summary(&self) -> String {
        let mut summary = self.first_paragraph();
        if summary.len() > template::LONGEST_TEXT {
            let boundary = (0..=template::LONGEST_TEXT).rfind(|&at| summary.is_char_boundary(at));
            summary.truncate(boundary.unwrap_or_default());
            summary.push('…');
        }
        summary
    }

    fn first_paragraph(&self) -> String {
        let mut paragraph = String::new();
        for doc_text in self.0.iter().filter_map(doc_text) {
            for line in doc_text.split('\n') {
                // The lines of a `/** … */` comment still start with a star.
                let line = line.trim_start().trim_start_matches("* ").trim();
                if line.is_empty() || line == "*" {
                    if paragraph.is_empty() {
                        continue;
                    }
                    return paragraph;
                }
                if !paragraph.is_empty() {
                    paragraph.push(' ');
                }
                paragraph.push_str(line);
            }
        }
        paragraph
    }
}

fn doc_text(doc_value: &TokenTree) -> Option<String> {
    match doc_value {
        TokenTree::Literal(literal) => match Lit::new(literal.clone()) {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        // A literal from a `macro_rules!` parameter is in an invisible group.
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => group
            .stream()
            .into_iter()
            .next()
            .as_ref()
            .and_then(doc_text),
        _ => None,
    }
}
