//! Counts open angle brackets. Unlike parentheses, angle brackets don't form token groups, so a parser
//! that reads single tokens must match them itself.

use proc_macro2::TokenTree;

#[derive(Default)]
pub(crate) struct AngleBrackets {
    /// The number of open brackets.
    pub(crate) depth: usize,
    is_after_dash: bool,
}

impl AngleBrackets {
    /// Updates the depth if this token is an angle bracket.
    pub(crate) fn count(&mut self, token: &TokenTree) {
        let TokenTree::Punct(punct) = token else {
            self.is_after_dash = false;
            return;
        };
        match punct.as_char() {
            '<' => self.depth += 1,
            // The `>` of `->` isn't a bracket.
            '>' if !self.is_after_dash => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        self.is_after_dash = punct.as_char() == '-';
    }
}
