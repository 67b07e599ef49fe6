//! Makes the names in a document unique by adding numbers.

use std::collections::{HashMap, HashSet};

/// The names that a document already contains.
#[derive(Default)]
pub(crate) struct UniqueNames {
    taken: HashSet<String>,
    /// The last number tried for each name. Starting at 2 each time would take quadratic time if names
    /// collide often.
    numbers: HashMap<String, u32>,
}

impl UniqueNames {
    /// Returns the name, or its first numbered form that is not taken. Numbers start at 2.
    pub(crate) fn take(&mut self, own: &str, numbered: impl Fn(&str, u32) -> String) -> String {
        if self.taken.insert(own.to_owned()) {
            return own.to_owned();
        }
        let number = self.numbers.entry(own.to_owned()).or_insert(1);
        loop {
            *number += 1;
            let text = numbered(own, *number);
            if self.taken.insert(text.clone()) {
                return text;
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
