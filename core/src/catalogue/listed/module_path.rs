//! Checks whether the module path that a `handlers(…)` list gives for a handler leads to the module that
//! defines the handler.
// Public for generated code only.
#![allow(missing_docs)]

use crate::catalogue::listed::const_eq::same_bytes;

/// A module path, as written in a `handlers(…)` list.
#[derive(Clone, Copy)]
pub struct Module {
    /// The path of the module that contains the list.
    pub here: &'static str,
    pub start: Start,
    /// The part of the path after `start`.
    pub path: &'static str,
}

/// The start of a module path in a `handlers(…)` list.
#[derive(Clone, Copy)]
pub enum Start {
    /// The root of the crate.
    Crate,
    /// The module that is this many levels above the module with the list. `super` is one level.
    Above(usize),
    /// A module that is declared next to the list, an imported module, or a crate.
    Anywhere,
}

impl Module {
    /// Returns whether this path leads to `module`. If the start is `Anywhere`, compares only the last
    /// segments of `module`: the path `units` leads to `app::units`.
    pub(super) const fn is(self, module: &str) -> bool {
        let start_path = match self.start {
            Start::Crate => first_segment(self.here),
            Start::Above(levels) => ancestor(self.here, levels),
            Start::Anywhere => return ends_with(module, self.path),
        };
        let length = match self.path.len() {
            0 => start_path.len(),
            length => start_path.len() + 2 + length,
        };
        module.len() == length
            && ends_with(module, self.path)
            && same_bytes(
                module.as_bytes().split_at(start_path.len()).0,
                start_path.as_bytes(),
            )
    }
}

const fn first_segment(module_path: &str) -> &str {
    let mut end = 0;
    while end < module_path.len() && module_path.as_bytes()[end] != b':' {
        end += 1;
    }
    module_path.split_at(end).0
}

const fn ancestor(module_path: &str, levels: usize) -> &str {
    let mut end = module_path.len();
    let mut remaining_levels = levels;
    while remaining_levels > 0 && end > 0 {
        end -= 1;
        if module_path.as_bytes()[end] == b':' {
            // Skips the other colon of `::`.
            end -= 1;
            remaining_levels -= 1;
        }
    }
    module_path.split_at(end).0
}

/// Returns whether a path ends with these segments.
const fn ends_with(path: &str, segments: &str) -> bool {
    let Some(start) = path.len().checked_sub(segments.len()) else {
        return false;
    };
    let path = path.as_bytes();
    let is_whole = start == 0 || segments.is_empty() || path[start - 1] == b':';
    is_whole && same_bytes(path.split_at(start).1, segments.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::{Module, Start};

    #[test]
    fn a_module_is_identified_by_its_path() {
        use Start::{Above, Anywhere, Crate};
        let here = "app::api::v1";
        for (start, path, module, is) in [
            (Crate, "", "app", true),
            (Crate, "health", "app::health", true),
            (Crate, "health", "app::api::health", false),
            (Crate, "health", "apps::health", false),
            (Above(0), "", here, true),
            (Above(0), "", "app::api", false),
            (Above(0), "units", "app::api::v1::units", true),
            (Above(0), "units", "app::api::v2::units", false),
            (Above(1), "", "app::api", true),
            (Above(1), "v2", "app::api::v2", true),
            (Above(1), "v2", "app::v2", false),
            (Above(2), "", "app", true),
            (Above(2), "x::y", "app::x::y", true),
            (Above(9), "", "app", false),
            (Anywhere, "units", "app::api::v1::units", true),
            (Anywhere, "units", "other::units", true),
            (Anywhere, "units", "units", true),
            (Anywhere, "units", "app::my_units", false),
            (Anywhere, "api::units", "units", false),
            (Anywhere, "api::units", "app::api::units", true),
            (Anywhere, "größe", "app::größe", true),
        ] {
            let listed = Module { here, start, path };
            assert_eq!(listed.is(module), is, "{path:?} and {module:?}");
        }
    }
}
