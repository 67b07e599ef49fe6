//! Expands an `impl` block: gates its annotated functions and writes their hidden types in front of the
//! block.

use super::block::Block;
use super::block_items::{GatedItem, split_items, take_gate};
use super::validate::validate_block;
use crate::requires_tier::{Expanded, ImplBlock, Place, expand_function};
use crate::route::prefix::PrefixPath;
use crate::syntax::cfg::cfg_attributes;
use crate::syntax::errors::Errors;
use proc_macro2::{Delimiter, Group, TokenStream};
use quote::quote;
use syn::{Attribute, Path};

/// Expands the functions of a block.
pub(super) fn expand_block(block: &Block, errors: &mut Errors) -> TokenStream {
    let Block {
        attributes, head, ..
    } = block;
    // A `#[cfg]` on the block also applies to the items next to it.
    let cfgs = cfg_attributes(attributes);
    let Functions {
        functions,
        items,
        gates,
    } = expand_functions(block, &cfgs, errors);
    validate_block(block, &gates, errors);
    let mut body = Group::new(Delimiter::Brace, functions);
    body.set_span(block.body.span());
    // The functions lose their attributes. Their import must still count as used.
    let used = quote!(const _: () = { #(#[allow(unused_imports)] use #gates as _;)* };);
    quote!(#items #(#attributes)* #head #body #(#cfgs)* #used)
}

fn expand_functions(block: &Block, cfgs: &[Attribute], errors: &mut Errors) -> Functions {
    let prefix_path = PrefixPath::of(&block.attributes);
    let place = Place::Impl(ImplBlock {
        self_type: &block.self_type,
        head: &block.head,
        cfgs,
        prefix_path: &prefix_path,
    });
    let mut expanded = Functions::default();
    for item in split_items(block.body.stream()) {
        let Some(GatedItem {
            path,
            options,
            item,
        }) = take_gate(&item)
        else {
            expanded.functions.extend(item);
            continue;
        };
        expanded.gates.push(path);
        if block.of_trait.is_some() {
            expanded.functions.extend(item);
            continue;
        }
        let Expanded { function, items } = expand_function(options, item, &place, errors);
        expanded.functions.extend(function);
        expanded.items.extend(items);
    }
    expanded
}

/// The expanded functions of a block.
#[derive(Default)]
struct Functions {
    /// Every item of the block.
    functions: TokenStream,
    /// The items in front of the block.
    items: TokenStream,
    /// The paths of the functions' attributes.
    gates: Vec<Path>,
}
