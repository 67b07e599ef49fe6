//! Builds, compares and unwraps tokens.

use proc_macro2::{Delimiter, Group, Punct, Spacing, TokenStream, TokenTree};

/// Lexes generated code. The tokens have no span in the user's source.
///
/// Most builds don't optimise procedural macros, which makes `quote!` slow. The compiler's own lexer is
/// always optimised and therefore faster.
pub(crate) fn lexed(text: &str) -> TokenStream {
    // Calls the compiler's lexer directly, because `proc_macro2` would first lex the text itself.
    if proc_macro::is_available() {
        let tokens = text.parse::<proc_macro::TokenStream>();
        return tokens.map(TokenStream::from).unwrap_or_default();
    }
    text.parse().unwrap_or_default()
}

/// Puts the tokens in brackets: `[tokens]`.
pub(crate) fn in_brackets(tokens: TokenStream) -> TokenTree {
    Group::new(Delimiter::Bracket, tokens).into()
}

/// Puts the tokens in braces: `{ tokens }`.
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

/// Removes the invisible group around the tokens of a `macro_rules!` parameter.
pub(super) fn without_invisible_group(tokens: TokenStream) -> TokenStream {
    let mut all = tokens.clone().into_iter();
    match (all.next(), all.next()) {
        (Some(TokenTree::Group(group)), None) if group.delimiter() == Delimiter::None => {
            without_invisible_group(group.stream())
        }
        _ => tokens,
    }
}
