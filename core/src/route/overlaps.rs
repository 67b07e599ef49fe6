//! Finds templates that match some of the same paths, without comparing each pair.

use crate::route::template::{Segment, segments};
use std::collections::HashMap;

/// A tree of templates, with one level for each segment.
#[derive(Debug, Default)]
pub(crate) struct Templates<'a> {
    literals: HashMap<&'a str, Templates<'a>>,
    /// The key is the text before the parameter in its segment.
    parameters: HashMap<&'a str, Templates<'a>>,
    /// The templates that end here.
    ends: Vec<usize>,
    /// The templates whose `{*rest}` starts here.
    rests: Vec<usize>,
}

impl<'a> Templates<'a> {
    /// Adds a template under a number. Returns the numbers of the earlier templates that match some of
    /// the same paths.
    pub(crate) fn insert(&mut self, template: &'a str, number: usize) -> Vec<usize> {
        let others = self.overlapping(template);
        let mut node = self;
        for segment in segments(template) {
            node = match segment {
                Segment::Literal(literal) => node.literals.entry(literal).or_default(),
                Segment::Parameter(prefix) => node.parameters.entry(prefix).or_default(),
                Segment::Rest => {
                    node.rests.push(number);
                    return others;
                }
            };
        }
        node.ends.push(number);
        others
    }

    /// Returns the numbers of the templates that match some of the same paths as this one.
    pub(crate) fn overlapping(&self, template: &str) -> Vec<usize> {
        let segments: Vec<Segment<'_>> = segments(template).collect();
        let mut others = Vec::new();
        self.find(&segments, &mut others);
        others
    }

    fn find(&self, segments: &[Segment<'_>], found: &mut Vec<usize>) {
        let Some((segment, behind)) = segments.split_first() else {
            found.extend(&self.ends);
            return;
        };
        found.extend(&self.rests);
        match *segment {
            Segment::Literal(literal) => {
                if let Some(node) = self.literals.get(literal) {
                    node.find(behind, found);
                }
                for (prefix, node) in &self.parameters {
                    if is_value(literal, prefix) {
                        node.find(behind, found);
                    }
                }
            }
            Segment::Parameter(prefix) => {
                for (literal, node) in &self.literals {
                    if is_value(literal, prefix) {
                        node.find(behind, found);
                    }
                }
                for (other, node) in &self.parameters {
                    if other.starts_with(prefix) || prefix.starts_with(other) {
                        node.find(behind, found);
                    }
                }
            }
            Segment::Rest => {
                for node in self.literals.values().chain(self.parameters.values()) {
                    node.all(found);
                }
            }
        }
    }

    fn all(&self, found: &mut Vec<usize>) {
        found.extend(&self.ends);
        found.extend(&self.rests);
        for node in self.literals.values().chain(self.parameters.values()) {
            node.all(found);
        }
    }
}

/// Whether a literal starts with the prefix of a parameter and continues after it.
fn is_value(literal: &str, prefix: &str) -> bool {
    literal.len() > prefix.len() && literal.starts_with(prefix)
}

#[cfg(test)]
mod tests {
    use super::Templates;
    use crate::route::index::tests::sequences;
    use crate::route::relation::{Relation, relation};

    #[test]
    fn each_overlapping_pair_is_found_once() {
        let all = sequences(&["", "a", "ab", "{x}", "a{x}", "ab{y}", "{*r}"]);
        let mut tree = Templates::default();
        for (number, template) in all.iter().enumerate() {
            let mut found = tree.insert(template, number);
            found.sort_unstable();
            let before = all[..number].iter().enumerate();
            let expected: Vec<usize> = before
                .filter(|(_, other)| relation(other, template) != Relation::Apart)
                .map(|(other, _)| other)
                .collect();
            assert_eq!(found, expected, "{template}");
        }
    }
}
