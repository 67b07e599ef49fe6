//! Generates the ids of the page's elements.

use crate::export::unique_names::UniqueNames;

/// Generates unique ids for the elements of one page. Ids contain only letters, digits, `-` and `_`, so
/// URL fragments can contain them without percent-encoding.
#[derive(Default)]
pub(super) struct ElementIds(UniqueNames);

impl ElementIds {
    pub(super) fn unique(&mut self, text: &str) -> String {
        let mut element_id = String::new();
        // The limit of 120 characters keeps links to the element short.
        for character in text.chars().take(120) {
            match character {
                character if character.is_ascii_alphanumeric() || character == '_' => {
                    element_id.push(character.to_ascii_lowercase());
                }
                _ if element_id.is_empty() || element_id.ends_with('-') => {}
                _ => element_id.push('-'),
            }
        }
        let element_id = match element_id.trim_end_matches('-') {
            "" => "endpoint",
            element_id => element_id,
        };
        let numbered_id = |element_id: &str, number| format!("{element_id}-{number}");
        self.0.take(element_id, numbered_id)
    }
}

#[cfg(test)]
mod tests {
    use super::ElementIds;

    #[test]
    fn ids_are_unique_and_fit_for_links() {
        let mut ids = ElementIds::default();
        assert_eq!(ids.unique("GET /units/{id}"), "get-units-id");
        assert_eq!(ids.unique("GET /units/id"), "get-units-id-2");
        assert_eq!(ids.unique("GET /units/id/2"), "get-units-id-2-2");
        assert_eq!(ids.unique("\"><é"), "endpoint");
        assert!(ids.unique(&"x".repeat(10_000)).len() < 200);
    }
}
