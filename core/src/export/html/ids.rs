//! The ids of the page's elements.

use crate::export::unique_names::UniqueNames;

/// Generates the document's unique ids. They contain only letters, digits, `-` and `_`, so they work
/// as URL fragments without encoding.
#[derive(Default)]
pub(super) struct Ids(UniqueNames);

impl Ids {
    pub(super) fn unique(&mut self, text: &str) -> String {
        let mut own = String::new();
        // Keeps links short. Repeated ids get a number.
        for character in text.chars().take(120) {
            match character {
                character if character.is_ascii_alphanumeric() || character == '_' => {
                    own.push(character.to_ascii_lowercase());
                }
                _ if own.is_empty() || own.ends_with('-') => {}
                _ => own.push('-'),
            }
        }
        let own = own.trim_end_matches('-');
        let own = if own.is_empty() { "endpoint" } else { own };
        self.0.take(own, |own, number| format!("{own}-{number}"))
    }
}

#[cfg(test)]
mod tests {
    use super::Ids;

    #[test]
    fn ids_are_unique_and_fit_for_links() {
        let mut ids = Ids::default();
        assert_eq!(ids.unique("GET /units/{id}"), "get-units-id");
        assert_eq!(ids.unique("GET /units/id"), "get-units-id-2");
        assert_eq!(ids.unique("GET /units/id/2"), "get-units-id-2-2");
        assert_eq!(ids.unique("\"><é"), "endpoint");
        assert!(ids.unique(&"x".repeat(10_000)).len() < 200);
    }
}
