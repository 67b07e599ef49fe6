//! Reads a parameter list in one pass over its tokens.

use crate::syntax::angle_brackets::AngleBrackets;
use crate::syntax::cfg::cfg_predicates;
use crate::syntax::tokens::is_punct;
use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::quote;

#[derive(Default)]
pub(crate) struct Parameters {
    /// The number of parameters that exist in every build.
    count: usize,
    /// Whether one of those has an `impl Trait` type.
    has_impl_trait: bool,
    /// The parameters that a `#[cfg(…)]` may remove.
    conditional: Vec<Conditional>,
    /// The `self` of a method.
    pub(crate) receiver: Option<Ident>,
    /// The number of tokens of the receiver.
    pub(crate) receiver_length: usize,
    pub(crate) self_type: Option<Ident>,
}

/// A parameter that exists only in some builds.
struct Conditional {
    predicate: TokenStream,
    has_impl_trait: bool,
}

/// The parameter that is being read.
#[derive(Default)]
struct Current {
    is_behind_hash: bool,
    predicates: Vec<TokenStream>,
    has_impl_trait: bool,
    is_empty: bool,
}

impl Current {
    fn new() -> Self {
        Self {
            is_empty: true,
            ..Self::default()
        }
    }
}

impl Parameters {
    pub(crate) fn of(parameters: TokenStream) -> Self {
        let mut found = Self::default();
        let mut current = Current::new();
        let mut brackets = AngleBrackets::default();
        let mut length = 0;
        // Only attributes and the tokens of `&'a mut self`, `mut self` and `self: Box<Self>` can
        // come before the `self`.
        let (mut may_be_receiver, mut is_lifetime) = (true, false);
        for token in parameters {
            if brackets.depth == 0 && is_punct(&token, ',') {
                found.end_receiver(length);
                may_be_receiver = false;
                length += 1;
                found.end(std::mem::replace(&mut current, Current::new()));
                continue;
            }
            length += 1;
            brackets.count(&token);
            let is_attribute = std::mem::take(&mut current.is_behind_hash);
            match token {
                TokenTree::Group(group)
                    if is_attribute && group.delimiter() == Delimiter::Bracket =>
                {
                    let predicates = cfg_predicates(group.stream());
                    current.predicates.extend(predicates);
                }
                TokenTree::Punct(punct) => {
                    current.is_behind_hash = punct.as_char() == '#';
                    current.is_empty &= current.is_behind_hash;
                    is_lifetime = punct.as_char() == '\'';
                    may_be_receiver &= matches!(punct.as_char(), '&' | '\'' | '#');
                    continue;
                }
                TokenTree::Ident(ident) => {
                    current.is_empty = false;
                    match ident.to_string().as_str() {
                        "self" if may_be_receiver => found.receiver = Some(ident),
                        "mut" => {}
                        name => {
                            may_be_receiver &= is_lifetime;
                            found.note(name, &ident, &mut current);
                        }
                    }
                }
                TokenTree::Group(group) => {
                    current.is_empty = false;
                    may_be_receiver &= group.delimiter() == Delimiter::Bracket;
                    found.look_into(&group, &mut current);
                }
                TokenTree::Literal(_) => {
                    current.is_empty = false;
                    may_be_receiver = false;
                }
            }
            is_lifetime = false;
        }
        found.end_receiver(length);
        found.end(current);
        found
    }

    /// Whether the function can have this number of parameters.
    pub(crate) fn may_be(&self, count: usize) -> bool {
        (self.count..=self.count + self.conditional.len()).contains(&count)
    }

    /// Returns the name of the form in `tiergate::__private::forms`.
    pub(crate) fn form(&self, krate: &TokenStream) -> TokenStream {
        let count = self.count;
        if !self.conditional.is_empty() {
            return self.conditional_form(krate);
        }
        match count {
            _ if self.has_impl_trait => quote!(HasImplTrait),
            0..=16 => format!("Takes{count}").parse().unwrap_or_default(),
            _ => quote!(TakesMore),
        }
    }

    /// Lets the compiler count, because only the compiler knows which parameters exist.
    fn conditional_form(&self, krate: &TokenStream) -> TokenStream {
        let (count, has_impl_trait) = (self.count, self.has_impl_trait);
        let predicates = self.conditional.iter().map(|one| &one.predicate);
        let with_impl_trait = self.conditional.iter().filter(|one| one.has_impl_trait);
        let with_impl_trait = with_impl_trait.map(|one| &one.predicate);
        let count = quote! {
            #count #(+ ::core::cfg!(#predicates) as ::core::primitive::usize)*
        };
        quote! {
            Conditional<
                { #krate::__private::forms::kind(#has_impl_trait #(|| ::core::cfg!(#with_impl_trait))*, #count) },
                { #count },
            >
        }
    }

    fn end(&mut self, parameter: Current) {
        // Nothing follows the last comma.
        if parameter.is_empty {
            return;
        }
        let Current {
            predicates,
            has_impl_trait,
            ..
        } = parameter;
        if predicates.is_empty() {
            self.count += 1;
            self.has_impl_trait |= has_impl_trait;
        } else {
            let predicate = quote!(all(#(#predicates),*));
            self.conditional.push(Conditional {
                predicate,
                has_impl_trait,
            });
        }
    }

    fn end_receiver(&mut self, length: usize) {
        if self.receiver.is_some() && self.receiver_length == 0 {
            self.receiver_length = length;
        }
    }

    fn look_into(&mut self, group: &Group, current: &mut Current) {
        for token in group.stream() {
            match token {
                TokenTree::Ident(ident) => self.note(&ident.to_string(), &ident, current),
                TokenTree::Group(group) => self.look_into(&group, current),
                _ => {}
            }
        }
    }

    fn note(&mut self, name: &str, ident: &Ident, current: &mut Current) {
        match name {
            "impl" => current.has_impl_trait = true,
            "Self" if self.self_type.is_none() => self.self_type = Some(ident.clone()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Parameters;
    use proc_macro2::TokenStream;

    fn form(source: &str) -> String {
        let tokens: TokenStream = source.parse().expect(source);
        let form = Parameters::of(tokens).form(&"::tiergate".parse().expect("a path"));
        form.to_string().replace(' ', "")
    }

    #[test]
    fn parameters_are_counted() {
        for (source, expected) in [
            ("", "Takes0"),
            ("a: u8,", "Takes1"),
            ("a: HashMap<u8, u8>, (b, c): (u8, u8)", "Takes2"),
            ("a: impl Fn(u8) -> Vec<u8>, b: [u8; 2]", "HasImplTrait"),
            ("a: Vec<(u8, impl Copy)>", "HasImplTrait"),
            ("#[allow(unused)] a: u8, #[doc(hidden)] (b): u8", "Takes2"),
            (
                "#[cfg_attr(unix, allow(unused))] a: u8, & b: & u8",
                "Takes2",
            ),
        ] {
            assert_eq!(form(source), expected, "{source}");
        }
    }

    #[test]
    fn the_compiler_counts_conditional_parameters() {
        let kind = "::tiergate::__private::forms::kind";
        let cfg = |predicate: &str| format!("::core::cfg!(all({predicate}))");
        let (a, count) = (
            cfg("a"),
            format!("1usize+{}as::core::primitive::usize", cfg("a")),
        );
        for (source, expected) in [
            (
                "#[cfg(a)] x: u8, y: u8",
                format!("Conditional<{{{kind}(false,{count})}},{{{count}}},>"),
            ),
            (
                "y: u8, #[cfg(a)] x: impl Copy,",
                format!("Conditional<{{{kind}(false||{a},{count})}},{{{count}}},>"),
            ),
        ] {
            assert_eq!(form(source), expected, "{source}");
        }
        let nested = form("#[cfg_attr(a, cfg(b))] #[cfg(c)] x: u8");
        assert!(nested.contains("cfg!(all(any(not(a),b),c))"), "{nested}");
    }
}
