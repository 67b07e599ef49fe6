//! Parses a parameter list in one pass over its tokens.

use crate::syntax::angle_brackets::AngleBrackets;
use crate::syntax::cfg_attributes::cfg_predicates;
use crate::syntax::tokens::is_punct;
use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::quote;

#[derive(Default)]
pub(crate) struct Parameters {
    /// The number of parameters without a `#[cfg(…)]`. These parameters exist in every build.
    unconditional_count: usize,
    /// Whether a parameter without a `#[cfg(…)]` has an `impl Trait` type.
    has_impl_trait: bool,
    /// The parameters that a `#[cfg(…)]` may remove.
    conditional: Vec<ConditionalParameter>,
    /// The `self` of a method.
    pub(crate) receiver: Option<Ident>,
    /// The number of tokens in the receiver, without the comma that follows.
    pub(crate) receiver_length: usize,
    pub(crate) self_type: Option<Ident>,
}

/// A parameter that exists only in some builds.
struct ConditionalParameter {
    predicate: TokenStream,
    has_impl_trait: bool,
}

/// The parameter that is being parsed.
#[derive(Default)]
struct CurrentParameter {
    /// Whether the last token was the `#` of an attribute.
    is_after_hash: bool,
    predicates: Vec<TokenStream>,
    has_impl_trait: bool,
    is_empty: bool,
}

impl CurrentParameter {
    fn new() -> Self {
        Self {
            is_empty: true,
            ..Self::default()
        }
    }
}

impl Parameters {
    pub(crate) fn parse(parameter_tokens: TokenStream) -> Self {
        let mut parameters = Self::default();
        let mut parameter = CurrentParameter::new();
        let mut brackets = AngleBrackets::default();
        let mut token_count = 0;
        // A `self` token is a receiver only if nothing precedes it except attributes, `&`, a lifetime
        // or `mut`.
        let (mut may_be_receiver, mut is_lifetime) = (true, false);
        for token in parameter_tokens {
            if brackets.depth == 0 && is_punct(&token, ',') {
                parameters.end_receiver(token_count);
                may_be_receiver = false;
                token_count += 1;
                parameters.add(std::mem::replace(&mut parameter, CurrentParameter::new()));
                continue;
            }
            token_count += 1;
            brackets.count(&token);
            let is_attribute = std::mem::take(&mut parameter.is_after_hash);
            match token {
                TokenTree::Group(group)
                    if is_attribute && group.delimiter() == Delimiter::Bracket =>
                {
                    let predicates = cfg_predicates(group.stream());
                    parameter.predicates.extend(predicates);
                }
                TokenTree::Punct(punct) => {
                    parameter.is_after_hash = punct.as_char() == '#';
                    parameter.is_empty &= parameter.is_after_hash;
                    is_lifetime = punct.as_char() == '\'';
                    may_be_receiver &= matches!(punct.as_char(), '&' | '\'' | '#');
                    continue;
                }
                TokenTree::Ident(ident) => {
                    parameter.is_empty = false;
                    match ident.to_string().as_str() {
                        "self" if may_be_receiver => parameters.receiver = Some(ident),
                        "mut" => {}
                        name => {
                            may_be_receiver &= is_lifetime;
                            parameters.note_ident(name, &ident, &mut parameter);
                        }
                    }
                }
                TokenTree::Group(group) => {
                    parameter.is_empty = false;
                    may_be_receiver &= group.delimiter() == Delimiter::Bracket;
                    parameters.note_group(&group, &mut parameter);
                }
                TokenTree::Literal(_) => {
                    parameter.is_empty = false;
                    may_be_receiver = false;
                }
            }
            is_lifetime = false;
        }
        parameters.end_receiver(token_count);
        parameters.add(parameter);
        parameters
    }

    /// Returns whether the function may have exactly this number of parameters in some build. The
    /// number can differ between builds, because a `#[cfg(…)]` can remove parameters.
    pub(crate) fn may_have_count(&self, count: usize) -> bool {
        let highest_count = self.unconditional_count + self.conditional.len();
        (self.unconditional_count..=highest_count).contains(&count)
    }

    /// Returns the name of the type in `tiergate::__private::forms` that describes these parameters.
    pub(crate) fn form(&self, krate: &TokenStream) -> TokenStream {
        let count = self.unconditional_count;
        if !self.conditional.is_empty() {
            return self.conditional_form(krate);
        }
        match count {
            _ if self.has_impl_trait => quote!(HasImplTrait),
            0..=16 => format!("Takes{count}").parse().unwrap_or_default(),
            _ => quote!(TakesMore),
        }
    }

    /// Returns the type that describes these parameters if some of them have a `#[cfg(…)]`. Only the
    /// compiler knows which parameters exist in a build. The type therefore contains expressions that
    /// the compiler evaluates.
    fn conditional_form(&self, krate: &TokenStream) -> TokenStream {
        let (count, has_impl_trait) = (self.unconditional_count, self.has_impl_trait);
        let predicates = self
            .conditional
            .iter()
            .map(|parameter| &parameter.predicate);
        let with_impl_trait = (self.conditional.iter())
            .filter(|parameter| parameter.has_impl_trait)
            .map(|parameter| &parameter.predicate);
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

    /// Adds a parameter whose last token has been parsed.
    fn add(&mut self, parameter: CurrentParameter) {
        // A trailing comma isn't followed by another parameter.
        if parameter.is_empty {
            return;
        }
        let CurrentParameter {
            predicates,
            has_impl_trait,
            ..
        } = parameter;
        if predicates.is_empty() {
            self.unconditional_count += 1;
            self.has_impl_trait |= has_impl_trait;
        } else {
            let predicate = quote!(all(#(#predicates),*));
            self.conditional.push(ConditionalParameter {
                predicate,
                has_impl_trait,
            });
        }
    }

    /// Stores the receiver's length if the parameter that has just ended is the receiver.
    fn end_receiver(&mut self, token_count: usize) {
        if self.receiver.is_some() && self.receiver_length == 0 {
            self.receiver_length = token_count;
        }
    }

    /// Looks for `impl` and `Self` in a token group.
    fn note_group(&mut self, group: &Group, parameter: &mut CurrentParameter) {
        for token in group.stream() {
            match token {
                TokenTree::Ident(ident) => self.note_ident(&ident.to_string(), &ident, parameter),
                TokenTree::Group(group) => self.note_group(&group, parameter),
                _ => {}
            }
        }
    }

    fn note_ident(&mut self, name: &str, ident: &Ident, parameter: &mut CurrentParameter) {
        match name {
            "impl" => parameter.has_impl_trait = true,
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
        let form = Parameters::parse(tokens).form(&"::tiergate".parse().expect("a path"));
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
