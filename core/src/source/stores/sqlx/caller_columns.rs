//! Maps the columns of a row to the parts of a caller.

/// A part of a caller. The order is that of [`NAMES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Tier,
    Id,
    Key,
    Until,
    ThenTier,
    Features,
    PlanVersion,
}

const FIELDS: [Field; 7] = [
    Field::Tier,
    Field::Id,
    Field::Key,
    Field::Until,
    Field::ThenTier,
    Field::Features,
    Field::PlanVersion,
];

/// The names of the columns.
const NAMES: [&str; 7] = [
    "tier",
    "id",
    "key",
    "until",
    "then_tier",
    "features",
    "plan_version",
];

/// The maximum number of characters of a column's name that an error shows.
const MAX_SHOWN_NAME: usize = 40;

impl Field {
    /// Returns the field of a column with this name. Case doesn't matter in SQL names.
    fn of_name(name: &str) -> Option<Self> {
        let matches = |field: &&Self| field.name().eq_ignore_ascii_case(name);
        FIELDS.iter().find(matches).copied()
    }

    const fn name(self) -> &'static str {
        NAMES[self as usize]
    }
}

/// The columns of a row. The order is that of [`FIELDS`].
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CallerColumns {
    is_by_name: bool,
    positions: [Option<usize>; FIELDS.len()],
}

impl CallerColumns {
    /// Finds the columns of a row with these names. Returns an error for the log if a caller can't be
    /// read from a row with these columns.
    pub(super) fn of_names(names: &[&str]) -> Result<Self, String> {
        let is_by_name = names
            .iter()
            .enumerate()
            .any(|(position, name)| requires_names(position, name));
        if is_by_name {
            Self::by_name(names)
        } else {
            Self::by_position(names.len())
        }
    }

    fn by_position(columns: usize) -> Result<Self, String> {
        if columns > 3 {
            return Err("more than three columns, and no names for the further columns".to_owned());
        }
        let mut positions = [None; FIELDS.len()];
        for (position, found) in positions.iter_mut().enumerate().take(columns) {
            *found = Some(position);
        }
        Ok(Self {
            is_by_name: false,
            positions,
        })
    }

    fn by_name(names: &[&str]) -> Result<Self, String> {
        let mut positions = [None; FIELDS.len()];
        for (position, name) in names.iter().enumerate() {
            let Some(field) = Field::of_name(name) else {
                let name: String = name.chars().take(MAX_SHOWN_NAME).collect();
                return Err(format!(
                    "the column {name:?} is unknown; remove it, or rename it with AS to one of: {}",
                    NAMES.join(", ")
                ));
            };
            if positions[field as usize].replace(position).is_some() {
                return Err(format!("two columns are named `{}`", field.name()));
            }
        }
        let columns = Self {
            is_by_name: true,
            positions,
        };
        if columns.position(Field::Tier).is_none() {
            return Err("no column is named `tier`".to_owned());
        }
        if columns.position(Field::ThenTier).is_some() && columns.position(Field::Until).is_none() {
            return Err(
                "a column is named `then_tier`, which has no effect without `until`".to_owned(),
            );
        }
        Ok(columns)
    }

    pub(super) const fn position(&self, field: Field) -> Option<usize> {
        self.positions[field as usize]
    }

    /// Returns the name that errors use for a field's column.
    pub(super) fn describe(&self, field: Field) -> String {
        match self.position(field) {
            Some(position) if !self.is_by_name => format!("column {}", position + 1),
            _ => format!("`{}`", field.name()),
        }
    }
}

/// Returns whether a column with this name at this position must be read by its name. Reading it by its
/// position would be wrong.
fn requires_names(position: usize, name: &str) -> bool {
    match Field::of_name(name) {
        Some(Field::Until | Field::ThenTier | Field::Features | Field::PlanVersion) => true,
        Some(Field::Tier) => position != 0,
        Some(Field::Key) => position != 2,
        // Some tables call the column with the stored key `id`, so other positions are fine. At the
        // tier's position, an id could be read as a rank.
        Some(Field::Id) => position == 0,
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{CallerColumns, FIELDS, Field};

    #[test]
    fn the_position_of_a_field_is_that_of_its_name() {
        for (position, field) in FIELDS.into_iter().enumerate() {
            assert_eq!(field as usize, position);
            assert_eq!(Field::of_name(field.name()), Some(field));
            assert_eq!(Field::of_name(&field.name().to_uppercase()), Some(field));
        }
    }

    fn positions(names: &[&str]) -> Result<Vec<(Field, usize)>, String> {
        let columns = CallerColumns::of_names(names)?;
        let position = |field| Some((field, columns.position(field)?));
        Ok(FIELDS.into_iter().filter_map(position).collect())
    }

    #[test]
    fn columns_without_further_names_are_read_by_position() {
        let all = [(Field::Tier, 0), (Field::Id, 1), (Field::Key, 2)];
        for names in [
            ["tier", "customer", "key_hash"],
            ["plan", "?column?", "?column?"],
            ["plan", "plan", "plan"],
            ["tier", "id", "key"],
            ["tier", "id", "id"],
        ] {
            for count in 0..=3 {
                let expected = all[..count].to_vec();
                assert_eq!(positions(&names[..count]), Ok(expected), "{names:?}");
            }
        }
        let error = positions(&["tier", "customer", "key_hash", "ends"]).unwrap_err();
        assert!(error.starts_with("more than three columns"), "{error}");
    }

    #[test]
    fn one_further_name_makes_all_names_count() {
        for (names, expected) in [
            (
                ["id", "tier"].as_slice(),
                vec![(Field::Tier, 1), (Field::Id, 0)],
            ),
            (&["tier", "key"], vec![(Field::Tier, 0), (Field::Key, 1)]),
            (
                &["UNTIL", "Tier"],
                vec![(Field::Tier, 1), (Field::Until, 0)],
            ),
            (
                &[
                    "plan_version",
                    "features",
                    "then_tier",
                    "until",
                    "key",
                    "id",
                    "tier",
                ],
                vec![
                    (Field::Tier, 6),
                    (Field::Id, 5),
                    (Field::Key, 4),
                    (Field::Until, 3),
                    (Field::ThenTier, 2),
                    (Field::Features, 1),
                    (Field::PlanVersion, 0),
                ],
            ),
        ] {
            assert_eq!(positions(names), Ok(expected), "{names:?}");
        }
    }

    #[test]
    fn a_name_that_is_unknown_missing_or_repeated_is_an_error() {
        for (names, expected) in [
            (
                ["tier", "customer", "until"].as_slice(),
                "the column \"customer\" is unknown; remove it, or rename it with AS to one of: tier, \
                 id, key, until, then_tier, features, plan_version",
            ),
            (
                &["id", "customer", "key"],
                "the column \"customer\" is unknown; ",
            ),
            (&["id", "plan", "tier"], "the column \"plan\" is unknown; "),
            (
                &["tier", "until", "ti\u{202e}\n"],
                "the column \"ti\\u{202e}\\n\" is unknown; ",
            ),
            (&["until"], "no column is named `tier`"),
            (&["features", "id"], "no column is named `tier`"),
            (&["tier", "tier"], "two columns are named `tier`"),
            (&["tier", "until", "Until"], "two columns are named `until`"),
            (
                &["tier", "then_tier"],
                "a column is named `then_tier`, which has no effect without `until`",
            ),
        ] {
            let error = positions(names).unwrap_err();
            assert!(error.starts_with(expected), "{names:?}: {error}");
        }
        let long = "x".repeat(1000);
        let error = positions(&["tier", "until", &long]).unwrap_err();
        assert!(error.len() < 200, "{error}");
    }
}
