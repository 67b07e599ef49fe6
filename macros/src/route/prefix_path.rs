//! The option `prefix_path` of poem-openapi, as in `#[OpenApi(prefix_path = "/users")]`.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprLit, Lit, LitStr, Meta, Token};

/// The `prefix_path` of an `impl` block.
pub(crate) enum PrefixPath {
    None,
    Literal(LitStr),
    /// The tokens of a constant, or of a `cfg_attr`, whose value macros can't read.
    Unknown(TokenStream),
}

impl PrefixPath {
    /// Finds the option among the attributes of a block.
    pub(crate) fn of(attributes: &[Attribute]) -> Self {
        let found = attributes.iter().find_map(|attribute| {
            let Meta::List(list) = &attribute.meta else {
                return None;
            };
            if attribute.path().is_ident("cfg_attr") {
                let text = list.tokens.to_string();
                return text
                    .contains("prefix_path")
                    .then(|| Self::Unknown(list.tokens.clone()));
            }
            let options = list
                .parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)
                .ok()?;
            let named = options.into_iter().find_map(|option| match option {
                Meta::NameValue(option) if option.path.is_ident("prefix_path") => Some(option),
                _ => None,
            })?;
            Some(match named.value {
                Expr::Lit(ExprLit {
                    lit: Lit::Str(prefix),
                    ..
                }) => Self::Literal(prefix),
                other => Self::Unknown(other.into_token_stream()),
            })
        });
        found.unwrap_or(Self::None)
    }

    /// The prefix, if it is a string.
    pub(crate) fn literal(&self) -> Option<&LitStr> {
        match self {
            Self::Literal(prefix) => Some(prefix),
            Self::None | Self::Unknown(_) => None,
        }
    }
}
