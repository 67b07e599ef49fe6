//! `#[gated] impl …`: gates the annotated functions of a block. An `impl` can't contain their hidden
//! types, so this macro writes them in front of the block.

mod block;
mod block_items;
mod expand;
mod validate;

use self::block::Block;
use self::expand::expand_block;
use self::validate::validate_options;
use crate::syntax::errors::Errors;
use proc_macro2::TokenStream;

pub(crate) fn gated(options: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    validate_options(options, &mut errors);
    let mut tokens = match syn::parse2::<Block>(item.clone()) {
        Ok(block) => expand_block(&block, &mut errors),
        Err(error) => {
            errors.push(error);
            item
        }
    };
    tokens.extend(errors.into_tokens());
    tokens
}
