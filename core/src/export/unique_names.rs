//! Makes the names in a document unique by adding numbers.

use std::collections::{HashMap, HashSet};

/// The names that a document already contains.
#[derive(Default)]
pub(crate) struct UniqueNames {
    taken: HashSet<String>,
    /// The last number that was tried for each name. The next search continues with the number after it.
    /// If every search started at 2, taking the same name many times would take quadratic time.
    last_numbers: HashMap<String, u32>,
}

impl UniqueNames {
    /// Returns the name itself if it isn't taken yet. Otherwise, adds the numbers 2, 3 and so on to the
    /// name, and returns the first numbered name that isn't taken.
    pub(crate) fn take(&mut self, name: &str, numbered: impl Fn(&str, u32) -> String) -> String {
        if self.taken.insert(name.to_owned()) {
            return name.to_owned();
        }
        let last_number = self.last_numbers.entry(name.to_owned()).or_insert(1);
        loop {
            *last_number += 1;
            let numbered_name = numbered(name, *last_number);
            if self.taken.insert(numbered_name.clone()) {
                return numbered_name;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::UniqueNames;
    use std::cell::Cell;

    #[test]
    fn colliding_names_take_linear_time() {
        const COUNT: u32 = 1_000;
        let mut unique = UniqueNames::default();
        let tries = Cell::new(0);
        let numbered = |own: &str, number: u32| {
            tries.set(tries.get() + 1);
            format!("{own}-{number}")
        };
        for number in 2..COUNT {
            unique.take(&format!("x-{number}"), numbered);
        }
        for _ in 0..COUNT {
            unique.take("x", numbered);
        }
        assert_eq!(unique.take("x", numbered), format!("x-{}", 2 * COUNT - 1));
        assert!(tries.get() < 3 * COUNT, "{}", tries.get());
    }
}
