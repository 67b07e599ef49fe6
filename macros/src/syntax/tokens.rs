//! Builds and compares single tokens.

use proc_macro2::{Delimiter, Group, Punct, Spacing, TokenStream, TokenTree};

/// Lexes generated code. The tokens have no span in the user's source.
///
/// Most builds don't optimise procedural macros, so the compiler's lexer is faster than `quote!`.
pub(crate) fn lexed(text: &str) -> TokenStream {
    // `proc_macro2` would lex the text itself before it passes it to the compiler.
    if proc_macro::is_available() {
        let tokens = text.parse::<proc_macro::TokenStream>();
        return tokens.map(TokenStream::from).unwrap_or_default();
    }
    text.parse().unwrap_or_default()
}

/// `[tokens]`
pub(crate) fn in_brackets(tokens: TokenStream) -> TokenTree {
    Group::new(Delimiter::Bracket, tokens).into()
}

/// `{ tokens }`
pub(crate) fn in_braces(tokens: Vec<TokenTree>) -> TokenTree {
    Group::new(Delimiter::Brace, tokens.into_iter().collect()).into()
}

pub(crate) fn comma() -> TokenTree {
    Punct::new(',', Spacing::Alone).into()
}

pub(crate) fn is_punct(token: &TokenTree, mark: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == mark)
}

pub(crate) fn is_ident(token: &TokenTree, name: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == name)
}
