//! `__section!`: gives the registry's link section a name that no other copy of `tiergate` uses.
//!
//! A program can contain several copies of `tiergate`, such as two versions, or a git branch and the
//! published crate. If the copies used the same section name, the linker would join their sections, and
//! each copy would also read the other copies' records. The crate's version alone doesn't make the name
//! unique, because a branch may have the same version as the release that it started from. The
//! section's name therefore contains a hash of the crate's version, of the items that define and read
//! the records, and of the path of the source file that contains these items.

use proc_macro2::{Group, Ident, Literal, TokenStream, TokenTree};
use std::str::FromStr as _;

/// The placeholder for the unique part of the section's name. Identifiers and literals contain the
/// placeholder.
const SECTION_PLACEHOLDER: &str = "__SECTION__";

/// Replaces every placeholder in these items with the unique part of the section's name.
pub(crate) fn name_section(items: TokenStream, file: &str, version: &str) -> TokenStream {
    let section_name = section_name(&items, file, version);
    replace_placeholder(items, &section_name)
}

/// Returns the text that replaces the placeholder, such as `_0_1_0_` followed by sixteen hexadecimal
/// digits.
///
/// GNU-like linkers define start and stop symbols only for a section whose name is a C identifier. The
/// text therefore contains only letters, digits and underscores.
fn section_name(items: &TokenStream, file: &str, version: &str) -> String {
    let readable_version =
        version.replace(|character: char| !character.is_ascii_alphanumeric(), "_");
    let mut section_hash = FnvHasher::new();
    for text in [file, version, &items.to_string()] {
        section_hash.add(text.as_bytes());
        // Separates the hashed texts with a byte that never occurs in UTF-8.
        section_hash.add(&[0xff]);
    }
    format!("_{readable_version}_{:016X}", section_hash.0)
}

/// An FNV-1a hasher. The standard library's hasher isn't suitable, because its hashes may differ
/// between toolchains.
struct FnvHasher(u64);

impl FnvHasher {
    fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

fn replace_placeholder(tokens: TokenStream, section_name: &str) -> TokenStream {
    tokens
        .into_iter()
        .map(|token| match token {
            TokenTree::Group(group) => {
                let mut replaced = Group::new(
                    group.delimiter(),
                    replace_placeholder(group.stream(), section_name),
                );
                replaced.set_span(group.span());
                TokenTree::Group(replaced)
            }
            TokenTree::Ident(ident) => {
                let text = ident.to_string();
                if text.contains(SECTION_PLACEHOLDER) {
                    Ident::new(
                        &text.replace(SECTION_PLACEHOLDER, section_name),
                        ident.span(),
                    )
                    .into()
                } else {
                    ident.into()
                }
            }
            TokenTree::Literal(literal) => {
                let text = literal.to_string();
                match Literal::from_str(&text.replace(SECTION_PLACEHOLDER, section_name)) {
                    Ok(mut replaced) if text.contains(SECTION_PLACEHOLDER) => {
                        replaced.set_span(literal.span());
                        replaced.into()
                    }
                    _ => literal.into(),
                }
            }
            TokenTree::Punct(punct) => punct.into(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{name_section, section_name};
    use quote::quote;

    #[test]
    fn every_difference_changes_the_name() {
        let items = quote! { pub struct Record { pub line: u32, pub name: u16 } };
        let known = section_name(&items, "src/record.rs", "0.1.0");
        assert_eq!(known, section_name(&items, "src/record.rs", "0.1.0"));
        for (items, file, version) in [
            (
                quote! { pub struct Record { pub name: u16, pub line: u32 } },
                "src/record.rs",
                "0.1.0",
            ),
            (
                quote! { pub struct Record { pub line: i32, pub name: u16 } },
                "src/record.rs",
                "0.1.0",
            ),
            (items.clone(), "copy/src/record.rs", "0.1.0"),
            (items.clone(), "src/record.rs", "0.1.1"),
            (items.clone(), "src/record.rs", "0.1.0+copy"),
        ] {
            assert_ne!(
                known,
                section_name(&items, file, version),
                "{items} {file} {version}"
            );
        }
    }

    #[test]
    fn the_name_is_a_part_of_identifiers_and_literals() {
        let items = quote! {
            mod records { #[link_name = "__start_tiergate__SECTION__"] static RECORDS__SECTION__: u8; }
        };
        let name = section_name(&items, "x", "1.0.0-rc.1+a");
        assert!(name.starts_with("_1_0_0_rc_1_a_"), "{name}");
        assert!(name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric()));
        let expanded = name_section(items, "x", "1.0.0-rc.1+a").to_string();
        for expected in [
            format!("\"__start_tiergate{name}\""),
            format!("RECORDS{name} "),
        ] {
            assert!(expanded.contains(&expected), "{expanded}");
        }
    }
}
