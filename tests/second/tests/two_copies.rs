//! Builds a program that contains several copies of tiergate, all of the same version, and runs it.
//! Each copy must read its own records and no others, whatever was changed in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A text in the sources of a copy, and what replaces it.
type Edit = (&'static str, &'static str);

const RECORD: &str = "Record = $crate::__private::Record {";

/// The copies by name. The first is unchanged.
const COPIES: [(&str, &[Edit]); 6] = [
    ("unchanged", &[]),
    (
        "larger",
        &[
            (
                "pub struct Record {",
                "pub struct Record {\n    pub first: u64,",
            ),
            (
                RECORD,
                "Record = $crate::__private::Record { first: 0x4141_4141_4141_4141,",
            ),
            (
                "static EMPTY: Record = Record {",
                "static EMPTY: Record = Record { first: 0,",
            ),
            ("        } = self;", "            ..\n        } = self;"),
        ],
    ),
    (
        "reordered",
        &[
            (
                "    pub text: &'static str,\n",
                "    pub moved: u64,\n    pub text: &'static str,\n",
            ),
            ("    pub line: u32,\n", ""),
            ("    pub moved: u64,\n", "    pub line: u32,\n"),
        ],
    ),
    (
        "retyped",
        &[
            ("pub line: u32,", "pub line: [u8; 4],"),
            ("line: $line,", "line: u32::to_ne_bytes($line),"),
            ("line: 0,", "line: [0; 4],"),
            (
                "        self.0.line\n",
                "        u32::from_ne_bytes(self.0.line)\n",
            ),
        ],
    ),
    (
        "other_tiers",
        &[(
            "    names: &'static [&'static str],\n    ranks: &'static [u32],\n    /// A function",
            "    ranks: &'static [u32],\n    names: &'static [&'static str],\n    /// A function",
        )],
    ),
    (
        "other_methods",
        &[
            (
                "    Get,\n    Post,\n",
                "    Trace,\n    Purge,\n    Post,\n    Get,\n",
            ),
            (
                "            Self::Post => \"POST\",",
                "            Self::Post => \"POST\",\n            Self::Trace => \"TRACE\",\n            Self::Purge => \"PURGE\",",
            ),
        ],
    ),
];

#[test]
fn each_copy_reads_its_own_records() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let root = root.canonicalize().unwrap();
    let work = Path::new(env!("CARGO_TARGET_TMPDIR")).join("two-copies");
    let _ = fs::remove_dir_all(&work);

    let mut members = String::new();
    let mut dependencies = String::new();
    let mut calls = String::new();
    let mut expected = String::new();
    let original = ("original", root.join("core"));
    let copies = COPIES.map(|(name, edits)| (name, copy_of(&root, &work, name, edits)));
    for (name, tiergate) in [original].into_iter().chain(copies) {
        let package = if name == "original" {
            "tiergate".to_owned()
        } else {
            format!("tiergate-{name}")
        };
        handlers(&work, name, &package, &tiergate);
        members += &format!("\"{name}\", ");
        dependencies += &format!("{name} = {{ path = \"../{name}\" }}\n");
        calls += &format!("    print!(\"{{}}\", {name}::listed());\n");
        expected += &format!(
            "{name}:\nGET /{name} Some(\"Plus\") in {name}\nPOST /{name}/health None in {name}\n"
        );
    }
    write(
        &work.join("Cargo.toml"),
        &format!(
            "[workspace]\nresolver = \"3\"\nmembers = [{members}\"program\"]\nexclude = [\"copies\"]\n"
        ),
    );
    write(
        &work.join("program/Cargo.toml"),
        &format!("{}[dependencies]\n{dependencies}", package("program")),
    );
    write(
        &work.join("program/src/main.rs"),
        &format!("#![forbid(unsafe_code)]\n\nfn main() {{\n{calls}}}\n"),
    );
    fs::copy(root.join("Cargo.lock"), work.join("Cargo.lock")).unwrap();

    let output = Command::new(env!("CARGO"))
        .args(["run", "--offline", "--quiet", "-p", "program"])
        .current_dir(&work)
        .env("CARGO_TARGET_DIR", work.join("target"))
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{}\n{printed}{errors}",
        output.status
    );
    assert_eq!(printed, expected);
}

/// A crate whose handlers are annotated with one of the copies.
fn handlers(work: &Path, name: &str, tiergate: &str, path: &Path) {
    let dependency = format!(
        "{}[dependencies]\ntiergate = {{ package = \"{tiergate}\", path = {path:?} }}\n",
        package(name)
    );
    write(&work.join(name).join("Cargo.toml"), &dependency);
    let source = r#"#![forbid(unsafe_code)]

use tiergate::{Catalogue, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
pub enum Tier { Free, Plus }

#[requires_tier(Plus, get = "/NAME")]
pub fn gated() {}

#[requires_tier(public = "load balancers have no account", post = "/NAME/health")]
pub fn health() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier)]
pub struct Api;

pub fn listed() -> String {
    let mut lines: Vec<String> = tiergate::registry()
        .iter()
        .map(|endpoint| {
            let (method, path) = (endpoint.method().unwrap(), endpoint.path().unwrap());
            format!("{method} {path} {:?} in {}\n", endpoint.required(), endpoint.module())
        })
        .collect();
    lines.sort();
    assert_eq!(Api::endpoints().len(), lines.len());
    Api::audit().assert_clean();
    assert_eq!(Api::find("GET", "/NAME").map(|endpoint| endpoint.name()), Some("gated"));
    format!("NAME:\n{}", lines.concat())
}
"#;
    write(
        &work.join(name).join("src/lib.rs"),
        &source.replace("NAME", name),
    );
}

/// Copies both crates, with the edits, and returns the path of the main one.
fn copy_of(root: &Path, work: &Path, name: &str, edits: &[Edit]) -> PathBuf {
    let copy = work.join("copies").join(name);
    copy_folder(&root.join("core/src"), &copy.join("core/src"));
    copy_folder(&root.join("macros/src"), &copy.join("macros/src"));
    for readme in ["core/README.md", "core/Cargo.toml", "macros/Cargo.toml"] {
        fs::copy(root.join(readme), copy.join(readme)).unwrap();
    }
    write(
        &copy.join("Cargo.toml"),
        "[workspace]\nresolver = \"3\"\nmembers = [\"core\", \"macros\"]\n",
    );
    let macros = format!("tiergate-macros-{name}");
    let linkme = "\n[target.'cfg(any(not(target_os = \"linux\"), tiergate_linkme))'.dependencies]\nlinkme = \"0.3.37\"\n";
    write(
        &copy.join("core/Cargo.toml"),
        &format!(
            "{}[lib]\nname = \"tiergate\"\n\n[dependencies]\ntiergate-macros = {{ package = \"{macros}\", path = \"../macros\" }}\n{linkme}",
            package(&format!("tiergate-{name}"))
        ),
    );
    write(
        &copy.join("macros/Cargo.toml"),
        &format!(
            "{}[lib]\nproc-macro = true\nname = \"tiergate_macros\"\n\n[dependencies]\nproc-macro2 = \"1\"\nquote = \"1\"\nsyn = \"3\"\n",
            package(&macros)
        ),
    );
    for (from, to) in edits {
        let edited = edit(&copy.join("core/src"), from, to);
        assert!(edited > 0, "{name}: no source contains {from:?}");
    }
    copy.join("core")
}

fn package(name: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    format!("[package]\nname = \"{name}\"\nversion = \"{version}\"\nedition = \"2024\"\n\n")
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let copy = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &copy);
        } else {
            fs::copy(&path, &copy).unwrap();
        }
    }
}

/// Replaces a text in every source, and returns how many contained it.
fn edit(folder: &Path, from: &str, to: &str) -> usize {
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            count += edit(&path, from, to);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            if text.contains(from) {
                fs::write(&path, text.replace(from, to)).unwrap();
                count += 1;
            }
        }
    }
    count
}
