//! The summary of a handler: the first paragraph of its documentation.

use crate::route::template;
use proc_macro2::{Delimiter, TokenTree};
use syn::Lit;

/// The documentation of a function: the values of its `#[doc = …]` attributes.
#[derive(Default)]
pub(crate) struct Documentation(Vec<TokenTree>);

impl Documentation {
    pub(crate) fn push(&mut self, value: TokenTree) {
        self.0.push(value);
    }

    /// Returns the first paragraph on one line, cut to the length that fits into a record.
    pub(crate) fn first_paragraph(&self) -> String {
        let mut paragraph = self.whole_first_paragraph();
        if paragraph.len() > template::LONGEST {
            let boundary = (0..=template::LONGEST).rfind(|&at| paragraph.is_char_boundary(at));
            paragraph.truncate(boundary.unwrap_or_default());
            paragraph.push('…');
        }
        paragraph
    }

    fn whole_first_paragraph(&self) -> String {
        let mut paragraph = String::new();
        for text in self.0.iter().filter_map(text) {
            for line in text.split('\n') {
                // `/** … */` comments keep the star at the start of a line.
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

fn text(value: &TokenTree) -> Option<String> {
    match value {
        TokenTree::Literal(literal) => match Lit::new(literal.clone()) {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        // The literal of a `macro_rules!` parameter is in an invisible group.
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
            group.stream().into_iter().next().as_ref().and_then(text)
        }
        _ => None,
    }
}
