//! Expands an `impl` block: gates its annotated functions and writes their hidden types in front of the
//! block.

use super::parse::{GatedItem, ImplBlock, split_items, take_gate_attribute};
use super::validate::validate_impl_block;
use crate::requires_tier::annotated_function::{EnclosingBlock, EnclosingItem};
use crate::requires_tier::expand::{ExpandedFunction, expand_function};
use crate::route::prefix::PrefixPath;
use crate::syntax::cfg_attributes::cfg_attributes;
use crate::syntax::error_collector::Errors;
use proc_macro2::{Delimiter, Group, TokenStream};
use quote::quote;
use syn::{Attribute, Path};

/// Expands an `impl` block and gates its annotated functions.
pub(super) fn expand_impl_block(block: &ImplBlock, errors: &mut Errors) -> TokenStream {
    let ImplBlock {
        attributes, head, ..
    } = block;
    // A `#[cfg]` on the block also applies to the items that are generated in front of the block.
    let cfgs = cfg_attributes(attributes);
    let ExpandedBody {
        block_items,
        hidden_items,
        gate_paths,
    } = expand_body(block, &cfgs, errors);
    validate_impl_block(block, &gate_paths, errors);
    let mut body = Group::new(Delimiter::Brace, block_items);
    body.set_span(block.body.span());
    // The expansion removes the gating attributes from the functions, so the compiler would report an
    // import of `requires_tier` as unused. These `use` items prevent that warning.
    let use_gates = quote!(const _: () = { #(#[allow(unused_imports)] use #gate_paths as _;)* };);
    quote!(#hidden_items #(#attributes)* #head #body #(#cfgs)* #use_gates)
}

fn expand_body(block: &ImplBlock, cfgs: &[Attribute], errors: &mut Errors) -> ExpandedBody {
    let prefix_path = PrefixPath::from_attributes(&block.attributes);
    let enclosing_item = EnclosingItem::ImplBlock(EnclosingBlock {
        self_type: &block.self_type,
        head: &block.head,
        cfgs,
        prefix_path: &prefix_path,
    });
    let mut expanded_body = ExpandedBody::default();
    for item in split_items(block.body.stream()) {
        let Some(GatedItem {
            gate,
            gate_path,
            options,
            item,
        }) = take_gate_attribute(&item)
        else {
            expanded_body.block_items.extend(item);
            continue;
        };
        expanded_body.gate_paths.push(gate_path);
        if block.trait_for.is_some() {
            expanded_body.block_items.extend(item);
            continue;
        }
        let ExpandedFunction { function, items } =
            expand_function(gate, options, item, &enclosing_item, errors);
        expanded_body.block_items.extend(function);
        expanded_body.hidden_items.extend(items);
    }
    expanded_body
}

/// The items of an `impl` block after expansion, and the items that are generated in front of the
/// block.
#[derive(Default)]
struct ExpandedBody {
    /// The items between the block's braces, including the expanded functions.
    block_items: TokenStream,
    /// The hidden items that are generated in front of the block.
    hidden_items: TokenStream,
    /// The paths of the block's gating attributes, as the user wrote them.
    gate_paths: Vec<Path>,
}
