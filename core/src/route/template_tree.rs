//! Finds templates that overlap, without comparing every pair of templates. Two templates overlap if at
//! least one path matches both of them.

use crate::route::template_segments::{Segment, segments};
use std::collections::HashMap;

/// A tree of templates with one level for each segment. The caller chooses the number that identifies
/// each template.
#[derive(Debug, Default)]
pub(crate) struct TemplateTree<'a> {
    literal_children: HashMap<&'a str, TemplateTree<'a>>,
    /// The key is the text before the parameter in the child's segment, such as `@` for `@{user}`.
    parameter_children: HashMap<&'a str, TemplateTree<'a>>,
    /// The templates whose last segment is represented by this node.
    templates_ending_here: Vec<usize>,
    /// The templates that continue with `{*rest}` after this node.
    templates_with_rest_here: Vec<usize>,
}

impl<'a> TemplateTree<'a> {
    /// Adds a template with this number. Returns the numbers of the templates that were added earlier
    /// and overlap this template. For example, `/{kind}/all` overlaps `/units/{id}`, because both match
    /// `/units/all`.
    pub(crate) fn insert(&mut self, template: &'a str, number: usize) -> Vec<usize> {
        let overlapping = self.overlapping(template);
        let mut node = self;
        for segment in segments(template) {
            node = match segment {
                Segment::Literal(literal) => node.literal_children.entry(literal).or_default(),
                Segment::Parameter(prefix) => node.parameter_children.entry(prefix).or_default(),
                Segment::Rest => {
                    node.templates_with_rest_here.push(number);
                    return overlapping;
                }
            };
        }
        node.templates_ending_here.push(number);
        overlapping
    }

    /// Returns the numbers of the templates in the tree that overlap `template`.
    pub(crate) fn overlapping(&self, template: &str) -> Vec<usize> {
        let segments: Vec<Segment<'_>> = segments(template).collect();
        let mut overlapping = Vec::new();
        self.collect_overlapping(&segments, &mut overlapping);
        overlapping
    }

    fn collect_overlapping(&self, segments: &[Segment<'_>], overlapping: &mut Vec<usize>) {
        let Some((segment, next_segments)) = segments.split_first() else {
            overlapping.extend(&self.templates_ending_here);
            return;
        };
        overlapping.extend(&self.templates_with_rest_here);
        match *segment {
            Segment::Literal(literal) => {
                if let Some(child) = self.literal_children.get(literal) {
                    child.collect_overlapping(next_segments, overlapping);
                }
                for (prefix, child) in &self.parameter_children {
                    if is_value(literal, prefix) {
                        child.collect_overlapping(next_segments, overlapping);
                    }
                }
            }
            Segment::Parameter(prefix) => {
                for (literal, child) in &self.literal_children {
                    if is_value(literal, prefix) {
                        child.collect_overlapping(next_segments, overlapping);
                    }
                }
                for (child_prefix, child) in &self.parameter_children {
                    if child_prefix.starts_with(prefix) || prefix.starts_with(child_prefix) {
                        child.collect_overlapping(next_segments, overlapping);
                    }
                }
            }
            Segment::Rest => {
                for child in self.children() {
                    child.collect_subtree(overlapping);
                }
            }
        }
    }

    fn collect_subtree(&self, templates: &mut Vec<usize>) {
        templates.extend(&self.templates_ending_here);
        templates.extend(&self.templates_with_rest_here);
        for child in self.children() {
            child.collect_subtree(templates);
        }
    }

    fn children(&self) -> impl Iterator<Item = &TemplateTree<'a>> {
        self.literal_children
            .values()
            .chain(self.parameter_children.values())
    }
}

/// Returns whether a parameter with this prefix matches the literal: `@{user}` matches `@me`, but not
/// `@`.
fn is_value(literal: &str, prefix: &str) -> bool {
    literal.len() > prefix.len() && literal.starts_with(prefix)
}

#[cfg(test)]
mod tests {
    use super::TemplateTree;
    use crate::route::index::tests::sequences;
    use crate::route::template_comparison::{Relation, relation};

    #[test]
    fn each_overlapping_pair_is_found_once() {
        let all = sequences(&["", "a", "ab", "{x}", "a{x}", "ab{y}", "{*r}"]);
        let mut tree = TemplateTree::default();
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
