//! Route prefixes: the `prefix` option of `#[requires_tier(…)]`, and poem-openapi's `prefix_path`
//! option, as in `#[OpenApi(prefix_path = "/users")]`.

use super::framework_path::poem_path_in_braces;
use super::template;
use crate::syntax::error_collector::Errors;
use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprLit, Lit, LitStr, Meta, Token};

/// The value of `prefix_path` in the attributes of an `impl` block.
pub(crate) enum PrefixPath {
    None,
    Literal(LitStr),
    /// The tokens of a value that a macro can't read, such as a constant or a `cfg_attr`.
    Unknown(TokenStream),
}

impl PrefixPath {
    /// Looks for `prefix_path` in the attributes of an `impl` block.
    pub(crate) fn from_attributes(attributes: &[Attribute]) -> Self {
        let prefix_path = attributes.iter().find_map(|attribute| {
            let Meta::List(list) = &attribute.meta else {
                return None;
            };
            if attribute.path().is_ident("cfg_attr") {
                let cfg_attr_text = list.tokens.to_string();
                return cfg_attr_text
                    .contains("prefix_path")
                    .then(|| Self::Unknown(list.tokens.clone()));
            }
            let options = list
                .parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)
                .ok()?;
            let prefix_option = options.into_iter().find_map(|option| match option {
                Meta::NameValue(option) if option.path.is_ident("prefix_path") => Some(option),
                _ => None,
            })?;
            Some(match prefix_option.value {
                Expr::Lit(ExprLit {
                    lit: Lit::Str(prefix),
                    ..
                }) => Self::Literal(prefix),
                expression => Self::Unknown(expression.into_token_stream()),
            })
        });
        prefix_path.unwrap_or(Self::None)
    }

    /// Returns the prefix if it's a string literal.
    pub(crate) fn literal(&self) -> Option<&LitStr> {
        match self {
            Self::Literal(prefix) => Some(prefix),
            Self::None | Self::Unknown(_) => None,
        }
    }
}

/// Reports an error and returns false if the value of the `prefix` option is invalid.
pub(crate) fn check_prefix(prefix: &LitStr, errors: &mut Errors) -> bool {
    let prefix_text = prefix.value();
    let prefix_error = match template::check_template(&prefix_text) {
        Err(error) => error.to_string(),
        Ok(()) if prefix_text.ends_with('/') => {
            "a prefix must not end with `/`; remove the last `/`".to_owned()
        }
        Ok(()) => return true,
    };
    errors.at(prefix, prefix_error);
    false
}

/// Puts the `prefix` of a scope and the `prefix_path` of an `impl` block in front of a template.
pub(super) fn with_prefixes(
    [prefix, prefix_path]: [Option<&LitStr>; 2],
    mut template: String,
) -> Result<String, String> {
    // Joins `prefix_path` and the template in the same way as poem-openapi does.
    if let Some(block_prefix) = prefix_path {
        let block_prefix = poem_path_in_braces(block_prefix.value().trim_matches('/'));
        if template == "/" {
            template.clear();
        }
        template.insert_str(0, &block_prefix);
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
    template::check_template(&template).map_err(|error| error.problem)?;
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
