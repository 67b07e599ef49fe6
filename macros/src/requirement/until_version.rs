//! Parses `until_version(3, Plus)`.

use super::variant::string_instead_of_variant;
use proc_macro2::{Ident, TokenStream};
use syn::parse::{ParseStream, Parser};
use syn::{LitInt, LitStr, Path, Token};

const FIX: &str = "write `until_version(3, Plus)`";

/// A version and a tier, as in `until_version(3, Plus)`.
pub(crate) struct VersionOption {
    pub(super) key: Ident,
    /// The version's token, to which errors about the version point.
    pub(super) version: LitInt,
    /// Callers with a plan version below this number need only the tier.
    pub(super) below: u32,
    pub(super) tier: Path,
}

impl VersionOption {
    /// Parses the tokens in the parentheses after `until_version`.
    pub(super) fn parse(key: &Ident, list: TokenStream) -> syn::Result<Self> {
        let parser = |input: ParseStream<'_>| Self::parse_list(key, input);
        parser.parse2(list)
    }

    fn parse_list(key: &Ident, input: ParseStream<'_>) -> syn::Result<Self> {
        if input.is_empty() {
            let message = format!("`{key}` needs a version and a tier; {FIX}");
            return Err(syn::Error::new_spanned(key, message));
        }
        let version_span = input.span();
        let version: LitInt = input.parse().map_err(|_| {
            let message = format!("the version must be a whole number; {FIX}");
            syn::Error::new(version_span, message)
        })?;
        let below = version_number(&version)?;
        let has_comma = input.parse::<Token![,]>().is_ok();
        if input.is_empty() {
            let message = format!("the tier is missing; write `{key}({version}, Plus)`");
            return Err(syn::Error::new_spanned(version, message));
        }
        if !has_comma {
            return Err(input.error(format!("the comma after the version is missing; {FIX}")));
        }
        if input.peek(LitStr) {
            let text: LitStr = input.parse()?;
            return Err(string_instead_of_variant("a tier", &text, None, "Plus"));
        }
        let tier_span = input.span();
        let tier = input
            .call(Path::parse_mod_style)
            .map_err(|_| syn::Error::new(tier_span, format!("expected a tier; {FIX}")))?;
        let _ = input.parse::<Token![,]>();
        if !input.is_empty() {
            return Err(input.error(format!(
                "`{key}` takes one version and one tier; remove the rest"
            )));
        }
        Ok(Self {
            key: key.clone(),
            version,
            below,
            tier,
        })
    }
}

/// Returns the number of a version, which must be at least 1.
fn version_number(version: &LitInt) -> syn::Result<u32> {
    let number = version.base10_parse::<u32>().ok();
    match number.filter(|_| matches!(version.suffix(), "" | "u32")) {
        Some(0) => Err(syn::Error::new_spanned(
            version,
            "no plan version is below 0; write a higher version, or remove `until_version`",
        )),
        Some(number) => Ok(number),
        None => Err(syn::Error::new_spanned(
            version,
            format!(
                "the version must be between 1 and {}; write a number such as `3`",
                u32::MAX
            ),
        )),
    }
}

/// The message for `until_version` without parentheses.
pub(super) fn without_list(key: &Ident) -> String {
    format!("`{key}` takes a version and a tier in parentheses; {FIX}")
}
