//! Recognises `#[requires_tier(…)]` among the attributes of an item.

use syn::Attribute;

/// Whether an attribute is `#[requires_tier(…)]`, under any path.
pub(crate) fn is_gate_attribute(attribute: &Attribute) -> bool {
    let last = attribute.path().segments.last();
    last.is_some_and(|segment| segment.ident == "requires_tier")
}
