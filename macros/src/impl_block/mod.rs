//! `#[gated] impl …`: gates the annotated functions of a block. The macro generates a hidden type for
//! each of these functions. An `impl` block can't contain types, so the macro writes the hidden types
//! in front of the block.

mod expand;
mod parse;
mod validate;

use self::expand::expand_impl_block;
use self::parse::ImplBlock;
use self::validate::validate_options;
use crate::syntax::error_collector::Errors;
use proc_macro2::TokenStream;

pub(crate) fn gated(options: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    validate_options(options, &mut errors);
    let mut tokens = match syn::parse2::<ImplBlock>(item.clone()) {
        Ok(block) => expand_impl_block(&block, &mut errors),
        Err(error) => {
            errors.push(error);
            item
        }
    };
    tokens.extend(errors.into_tokens());
    tokens
}
