//! Counts open angle brackets. They aren't groups, so a parser of single tokens must find their ends.

use proc_macro2::TokenTree;

#[derive(Default)]
pub(crate) struct AngleBrackets {
    pub(crate) depth: usize,
    after_dash: bool,
}

impl AngleBrackets {
    /// Counts this token if it opens or closes a bracket.
    pub(crate) fn count(&mut self, token: &TokenTree) {
        let TokenTree::Punct(punct) = token else {
            self.after_dash = false;
            return;
        };
        match punct.as_char() {
            '<' => self.depth += 1,
            // The `>` of `->` closes nothing.
            '>' if !self.after_dash => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        self.after_dash = punct.as_char() == '-';
    }
}
