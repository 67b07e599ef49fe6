//! The layers of `core/src`. A module imports only from lower layers, and imports between files form no
//! cycle. A folder's file and its children are one subject, so a child may import from it.
//! `CONTRIBUTING.md` describes the layers. The files of the largest example, `cad`, form no cycle either.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The folders of each layer, lowest layer first. Folders of one layer don't import each other.
const LAYERS: [&[&str]; 9] = [
    &["tier", "route"],
    &["endpoint"],
    &["access"],
    &["snapshot"],
    &["export"],
    &["catalogue", "source"],
    &["quota"],
    // The stores of overrides use the connections of `source`.
    &["frameworks", "overrides"],
    &["cli", "testing"],
];

fn layer_of(module: &str) -> Option<usize> {
    LAYERS.iter().position(|folders| folders.contains(&module))
}

/// A source file. Its key is its module path, such as `access::guard`.
struct File {
    path: PathBuf,
    /// The imported paths, without `crate`.
    imports: Vec<String>,
}

/// Returns the files of a folder in `core`, except the tests in separate files.
fn files(root: &str) -> BTreeMap<String, File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../core")
        .join(root);
    let mut files = BTreeMap::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of the library") {
            let path = entry.expect("an entry of the folder").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("a source file");
                let module = module_of(&root, &path);
                if module.split("::").any(|part| part == "tests") {
                    continue;
                }
                let imports = imports(&text, &module);
                files.insert(module, File { path, imports });
            }
        }
    }
    files
}

fn module_of(root: &Path, path: &Path) -> String {
    let path = path.strip_prefix(root).expect("below the folder");
    let path = path.with_extension("");
    let mut parts: Vec<_> = path.iter().filter_map(|part| part.to_str()).collect();
    if matches!(parts.last(), Some(&("mod" | "lib"))) {
        parts.pop();
    }
    parts.join("::")
}

/// Returns every path in the code that starts with `crate::`, `self::` or `super::`, except in tests
/// and re-exports. Lists paths in braces separately.
fn imports(text: &str, module: &str) -> Vec<String> {
    let code = text
        .split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or_default();
    let lines = code.lines().map(str::trim_start);
    let code: Vec<_> = lines.filter(|line| !line.starts_with("//")).collect();
    let mut paths = Vec::new();
    for statement in code.join("\n").split_inclusive(';') {
        if statement.contains("pub use ") || statement.contains("pub(crate) use ") {
            continue;
        }
        for start in ["crate::", "self::", "super::"] {
            for (at, _) in statement.match_indices(start) {
                let before = statement[..at].chars().next_back();
                if before.is_some_and(|before| {
                    before == '$' || before == ':' || before.is_alphanumeric()
                }) {
                    continue;
                }
                let parent = match start {
                    "crate::" => "",
                    "self::" => module,
                    _ => module.rsplit_once("::").map_or("", |(parent, _)| parent),
                };
                add_paths(parent, &statement[at + start.len()..], &mut paths);
            }
        }
    }
    paths
}

/// Adds the path at the start of a text, or each path of the group in braces that the path ends with.
fn add_paths(parent: &str, text: &str, paths: &mut Vec<String>) {
    let is_in_path = |character: char| character.is_alphanumeric() || "_:".contains(character);
    let end = text.find(|character| !is_in_path(character));
    let (path, rest) = text.split_at(end.unwrap_or(text.len()));
    let parts = [parent, path.trim_end_matches(':')];
    let parts = parts.into_iter().filter(|part| !part.is_empty());
    let path = parts.collect::<Vec<_>>().join("::");
    match rest.strip_prefix('{') {
        Some(group) => {
            for item in items(group) {
                add_paths(&path, item, paths);
            }
        }
        None => paths.push(path),
    }
}

/// Returns the items of a group, up to the brace that closes it.
fn items(group: &str) -> Vec<&str> {
    let (mut items, mut start, mut depth) = (Vec::new(), 0, 0);
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                items.push(group[start..at].trim());
                start = at + 1;
                if character == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    // A comma may follow the last item.
    items.retain(|item| !item.is_empty());
    items
}

/// Returns the file that contains a path: the longest module path that is a prefix of it.
fn file_of<'a>(files: &'a BTreeMap<String, File>, path: &str) -> Option<&'a str> {
    let mut module = path;
    loop {
        if let Some((module, _)) = files.get_key_value(module) {
            return Some(module);
        }
        module = module.rsplit_once("::")?.0;
    }
}

#[test]
fn modules_import_from_lower_layers_only() {
    let mut wrong = Vec::new();
    for (module, file) in &files("src") {
        let folder = module.split("::").next().unwrap_or_default();
        let Some(layer) = layer_of(folder) else {
            continue;
        };
        for import in &file.imports {
            let other = import.split("::").next().unwrap_or_default();
            match layer_of(other) {
                Some(below) if other == folder || below < layer => {}
                _ => wrong.push(format!("{} imports crate::{import}", file.path.display())),
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_folder_has_a_layer() {
    for module in files("src").keys() {
        let folder = module.split("::").next().unwrap_or_default();
        let is_root = folder.is_empty() || ["__private", "guide"].contains(&folder);
        assert!(
            is_root || layer_of(folder).is_some(),
            "{folder} has no layer"
        );
    }
}

#[test]
fn files_do_not_import_each_other_in_a_circle() {
    for root in ["src", "examples/cad"] {
        let cycles = cycles(root);
        assert!(cycles.is_empty(), "{root}: {cycles:#?}");
    }
}

/// Returns the files that import each other in a circle, with the imports between them.
fn cycles(root: &str) -> BTreeMap<String, BTreeSet<String>> {
    let files = files(root);
    let mut imports: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (module, file) in &files {
        let targets = file.imports.iter().filter_map(|path| file_of(&files, path));
        let is_own_folder = |target: &str| module.starts_with(&format!("{target}::"));
        let others = targets
            .filter(|target| target != module && !target.is_empty())
            .filter(|target| !is_own_folder(target));
        imports.insert(module, others.collect());
    }
    // Remove files without imports until only cycles, and files that import them, remain.
    loop {
        let done: Vec<&str> = imports
            .iter()
            .filter(|(_, targets)| targets.is_empty())
            .map(|(module, _)| *module)
            .collect();
        if done.is_empty() {
            break;
        }
        for module in &done {
            imports.remove(module);
        }
        for targets in imports.values_mut() {
            targets.retain(|target| !done.contains(target));
        }
    }
    // Remove the files that import a cycle but aren't part of it.
    loop {
        let imported: BTreeSet<&str> = imports.values().flatten().copied().collect();
        let before = imports.len();
        imports.retain(|module, _| imported.contains(module));
        if imports.len() == before {
            break;
        }
    }
    imports
        .into_iter()
        .map(|(module, targets)| {
            let targets = targets.into_iter().map(str::to_owned);
            (module.to_owned(), targets.collect())
        })
        .collect()
}

/// The store is below both versions of the API, so it imports nothing that depends on their formats.
#[test]
fn the_store_of_cad_does_not_know_the_protocols() {
    let below = ["events", "lenient", "object", "store", "time"];
    let files = files("examples/cad");
    let is_below = |module: &str| {
        below
            .iter()
            .any(|name| module.split("::").next() == Some(name))
    };
    for (module, file) in files.iter().filter(|(module, _)| is_below(module)) {
        for import in &file.imports {
            // The tiers and add-ons are in `main.rs`.
            let is_tier = ["AddOn", "Tier"].contains(&&**import);
            let is_allowed = is_tier || file_of(&files, import).is_some_and(is_below);
            assert!(is_allowed, "{module} imports crate::{import}");
        }
    }
}
