//! A function with its options, as parsed.

use super::options::HandlerOptions;
use super::place::Place;
use super::signature::Signature;
use crate::syntax::errors::Errors;
use proc_macro2::TokenStream;
use syn::ext::IdentExt;

/// A parsed function, which may still be invalid.
pub(super) struct AnnotatedFunction<'a> {
    pub(super) options: HandlerOptions,
    pub(super) signature: Signature,
    pub(super) place: &'a Place<'a>,
}

impl<'a> AnnotatedFunction<'a> {
    /// Parses the attribute and its function. Returns `None` if the item isn't a function.
    pub(super) fn parse(
        options: TokenStream,
        function: TokenStream,
        place: &'a Place<'a>,
        errors: &mut Errors,
    ) -> Option<Self> {
        let options = HandlerOptions::parse(options, errors);
        let mut signature = match Signature::parse(function) {
            Ok(signature) => signature,
            Err(error) => {
                errors.push(error);
                return None;
            }
        };
        if let Place::Impl(block) = place {
            signature.attributes.extend(block.cfgs.iter().cloned());
        }
        Some(Self {
            options,
            signature,
            place,
        })
    }

    /// Returns the endpoint's name without the option `name`.
    pub(super) fn default_name(&self) -> String {
        self.signature.name.unraw().to_string()
    }
}
