//! `section!`: gives the link section of the registry a name that no other copy of `tiergate` uses.
//!
//! A program can contain several copies of `tiergate`: two versions, or a git branch next to the
//! published crate. The linker joins all sections of one name, so a copy would read the records of
//! another as its own. A version in the name doesn't separate a branch from the release it started
//! from. The name therefore contains a hash of the items that define and read the records, of the
//! path of their source file, and of the crate's version.

use proc_macro2::{Group, Ident, Literal, TokenStream, TokenTree};
use std::str::FromStr as _;

/// The text that is replaced in identifiers and literals.
const PLACEHOLDER: &str = "__SECTION__";

/// Returns the items with the placeholder replaced.
pub(crate) fn section(items: TokenStream, file: &str, version: &str) -> TokenStream {
    let name = section_name(&items, file, version);
    replace_placeholder(items, &name)
}

/// Returns the text that replaces the placeholder: `_0_1_0_` and sixteen hexadecimal digits. It fits into an
/// identifier of C, which GNU-like linkers require of a section with start and stop symbols.
fn section_name(items: &TokenStream, file: &str, version: &str) -> String {
    let readable = version.replace(|character: char| !character.is_ascii_alphanumeric(), "_");
    let mut hash = Fnv::new();
    for text in [file, version, &items.to_string()] {
        hash.add(text.as_bytes());
        // Separates the texts: no UTF-8 contains this byte.
        hash.add(&[0xff]);
    }
    format!("_{readable}_{:016X}", hash.0)
}

/// FNV-1a. The standard library's hasher may change from one toolchain to the next.
struct Fnv(u64);

impl Fnv {
    fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

fn replace_placeholder(tokens: TokenStream, name: &str) -> TokenStream {
    tokens
        .into_iter()
        .map(|token| match token {
            TokenTree::Group(group) => {
                let mut inner =
                    Group::new(group.delimiter(), replace_placeholder(group.stream(), name));
                inner.set_span(group.span());
                TokenTree::Group(inner)
            }
            TokenTree::Ident(ident) => {
                let text = ident.to_string();
                if text.contains(PLACEHOLDER) {
                    Ident::new(&text.replace(PLACEHOLDER, name), ident.span()).into()
                } else {
                    ident.into()
                }
            }
            TokenTree::Literal(literal) => {
                let text = literal.to_string();
                match Literal::from_str(&text.replace(PLACEHOLDER, name)) {
                    Ok(mut new) if text.contains(PLACEHOLDER) => {
                        new.set_span(literal.span());
                        new.into()
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
    use super::{section, section_name};
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
        let expanded = section(items, "x", "1.0.0-rc.1+a").to_string();
        for expected in [
            format!("\"__start_tiergate{name}\""),
            format!("RECORDS{name} "),
        ] {
            assert!(expanded.contains(&expected), "{expanded}");
        }
    }
}
