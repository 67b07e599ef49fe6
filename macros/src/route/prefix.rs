//! The prefixes of routes: the option `prefix` of `#[requires_tier(…)]`, and the option `prefix_path` of
//! poem-openapi, as in `#[OpenApi(prefix_path = "/users")]`.

use super::framework_path::in_braces;
use super::template;
use crate::syntax::errors::Errors;
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

/// Checks the option `prefix`. Returns false after a mistake.
pub(crate) fn check_prefix(prefix: &LitStr, errors: &mut Errors) -> bool {
    let text = prefix.value();
    let wrong = match template::check(&text) {
        Err(error) => error.to_string(),
        Ok(()) if text.ends_with('/') => {
            "a prefix must not end with `/`; remove the last `/`".to_owned()
        }
        Ok(()) => return true,
    };
    errors.at(prefix, wrong);
    false
}

/// Puts the prefix of a scope and the `prefix_path` of a block in front of a template.
pub(super) fn with_prefixes(
    [prefix, prefix_path]: [Option<&LitStr>; 2],
    mut template: String,
) -> Result<String, String> {
    // Joins them like poem-openapi.
    if let Some(block) = prefix_path {
        let block = in_braces(block.value().trim_matches('/'));
        if template == "/" {
            template.clear();
        }
        template.insert_str(0, &block);
        if !template.starts_with('/') {
            template.insert(0, '/');
        }
    }
    if let Some(prefix) = prefix {
        if template == "/" {
            return Err("frameworks treat `/` after a prefix differently".to_owned());
        }
        template.insert_str(0, &prefix.value());
    }
    template::check(&template).map_err(|error| error.problem)?;
    Ok(template)
}

#[cfg(test)]
mod tests {
    use super::with_prefixes;
    use syn::LitStr;

    #[test]
    fn prefixes_are_put_in_front() {
        let literal = |text| LitStr::new(text, proc_macro2::Span::call_site());
        for (prefix, block, template, expected) in [
            (Some("/v1"), None, "/a", Ok("/v1/a")),
            (None, Some("/users"), "/{id}", Ok("/users/{id}")),
            (None, Some("users/:id/"), "/a", Ok("/users/{id}/a")),
            (None, Some("/users"), "/", Ok("/users")),
            (None, Some("/"), "/a", Ok("/a")),
            (None, Some(""), "/", Ok("/")),
            (Some("/v1"), Some("/users"), "/", Ok("/v1/users")),
            (Some("/{a}"), None, "/{a}", Err("occurs twice")),
            (Some("/v1"), None, "/", Err("after a prefix")),
        ] {
            let (prefix, block) = (prefix.map(literal), block.map(literal));
            let found = with_prefixes([prefix.as_ref(), block.as_ref()], template.to_owned());
            match expected {
                Ok(expected) => assert_eq!(found.as_deref(), Ok(expected)),
                Err(why) => assert!(found.expect_err(why).contains(why)),
            }
        }
    }
}
