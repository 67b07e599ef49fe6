//! The fields of a record that every handler and event has.

use crate::syntax::spans::error_span;
use crate::syntax::tokens::lexed;
use proc_macro2::{Literal, Span, TokenTree};
use quote::quote_spanned;

pub(crate) struct RecordFields<'a> {
    pub(crate) name: &'a str,
    /// Whether the handler's body can use its guard.
    pub(crate) has_named_guard: bool,
    /// The HTTP method in upper case, or another name in `tiergate::__private::methods`.
    pub(crate) method: &'a str,
    /// The path template, or an empty text.
    pub(crate) path: &'a str,
    /// Whether the framework's route macro checks more than the HTTP method and the path.
    pub(crate) is_constrained: bool,
    pub(crate) summary: &'a str,
    pub(crate) is_deprecated: bool,
    /// The span of the name of the handler or event.
    pub(crate) name_span: Span,
}

impl RecordFields<'_> {
    /// Adds the last tokens of a call to `__gated!`, `__gated_by_feature!` or `__public!`. `reason` states
    /// why a handler is public.
    pub(crate) fn push_tokens(&self, reason: &str, tokens: &mut Vec<TokenTree>) {
        let Self {
            name,
            method,
            path,
            summary,
            ..
        } = self;
        let guard_bit = if self.has_named_guard {
            NAMED_GUARD_BIT
        } else {
            0
        };
        let constrained_bit = if self.is_constrained {
            CONSTRAINED_BIT
        } else {
            0
        };
        let deprecated_bit = if self.is_deprecated {
            DEPRECATED_BIT
        } else {
            0
        };
        tokens.extend(lexed(&format!(
            "{method} {} {} {}",
            name.len() | guard_bit,
            path.len() | constrained_bit,
            summary.len() | deprecated_bit
        )));
        let record_text = [name, path, summary, reason].concat();
        tokens.push(Literal::string(&record_text).into());
        // `line!` and `file!` return the position of the span that they have. The record must contain
        // the position of the name, so both macros get the span of the name.
        let name_span = error_span(self.name_span);
        tokens.extend(quote_spanned!(name_span=> ::core::line!(), ::core::file!()));
    }
}

/// The bit that marks a handler whose guard has a name. The record stores this bit together with the name's
/// length, which is always less than `0x8000`. `tiergate::Endpoint` reads the bit.
const NAMED_GUARD_BIT: usize = 0x8000;
/// The bit that marks a constrained route. The record stores this bit together with the path's length,
/// which is always less than `0x8000`. `tiergate::Endpoint` reads the bit.
const CONSTRAINED_BIT: usize = 0x8000;
/// The bit that marks a deprecated handler or event. The record stores this bit together with the
/// summary's length, which is always less than `0x8000`. `tiergate::Endpoint` reads the bit.
const DEPRECATED_BIT: usize = 0x8000;
