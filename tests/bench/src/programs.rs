//! The programs of the other package, built in release mode.

use std::path::{Path, PathBuf};
use std::process::Command;

const PACKAGE: &str = "tiergate-tests-bench-programs";

/// The folder of the generated crates and their builds.
pub(crate) fn root() -> PathBuf {
    target().join("bench")
}

fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(directory) => directory.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"),
    }
}

/// Builds the programs with these features, and returns their folder. A separate cargo command keeps
/// other packages from enabling more features.
pub(crate) fn build(features: &str) -> PathBuf {
    let status = Command::new(env!("CARGO"))
        .args(["build", "--release", "--quiet", "--package", PACKAGE])
        .args(["--bins", "--features", features])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()
        .expect("cargo");
    assert!(status.success(), "the programs do not build");
    target().join("release")
}
