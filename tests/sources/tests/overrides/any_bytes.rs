//! Any bytes as a file.

use crate::toml::{Folder, document};
use crate::{Api, Content};
use proptest::prelude::*;
use std::fs;
use tiergate::overrides::TomlOverrides;
use tiergate::{Override, OverrideKind, Overrides};
use tokio::runtime::{Builder, Runtime};

/// A runtime whose clock doesn't wait.
fn runtime() -> Runtime {
    let mut builder = Builder::new_current_thread();
    let runtime = builder.enable_all().start_paused(true).build();
    runtime.expect("a runtime")
}

/// Loads these bytes over an installed snapshot. They must be valid, or change nothing.
fn load_any(bytes: &[u8]) {
    let folder = Folder::new();
    let path = folder.file("overrides.toml");
    fs::write(&path, bytes).expect("the file");
    let overrides = Overrides::of::<Api>();
    let installed = [Override::close("export").by("ops")];
    overrides.replace(1, installed.clone()).expect("a snapshot");
    let loaded = runtime().block_on(TomlOverrides::new(&path).load(&overrides));
    let (version, list) = (overrides.version(), overrides.list());
    match loaded {
        Ok(()) => {
            assert!(version > Some(1) || list == installed);
            for entry in list {
                let is_close = matches!(entry.kind(), OverrideKind::Close);
                assert!(is_close || entry.ends_at().is_some(), "{entry}");
            }
        }
        Err(error) => {
            assert_eq!((version, list), (Some(1), installed.to_vec()));
            let error = error.to_string();
            assert!(!error.contains(char::is_control), "{error:?}");
            assert!(error.len() < 6000, "{error}");
        }
    }
}

fn whole() -> String {
    let close = document(2, Content::Close);
    let require = document(2, Content::RequireFree);
    let require = require.strip_prefix("version = 2\n").expect("a version");
    format!("{close}{require}by = \"ops\"\nbecause = \"a 'reason' é\"\n")
}

#[test]
fn every_part_of_a_valid_file_is_valid_or_changes_nothing() {
    let whole = whole();
    for end in 0..=whole.len() {
        load_any(&whole.as_bytes()[..end]);
    }
}

proptest! {
    #[test]
    fn any_bytes_are_valid_or_change_nothing(bytes in any::<Vec<u8>>()) {
        load_any(&bytes);
    }

    #[test]
    fn any_text_is_valid_or_changes_nothing(text in "(version = [0-9]{1,3}\n)?(\\[\\[override\\]\\]\n)?\\PC{0,80}") {
        load_any(text.as_bytes());
    }

    #[test]
    fn a_changed_file_is_valid_or_changes_nothing(
        position in 0..200_usize,
        removed in 0..20_usize,
        inserted in prop::collection::vec(any::<u8>(), 0..8),
    ) {
        let mut bytes = whole().into_bytes();
        let start = position.min(bytes.len());
        let end = (start + removed).min(bytes.len());
        bytes.splice(start..end, inserted);
        load_any(&bytes);
    }

    #[test]
    fn any_values_are_valid_or_change_nothing(
        kind in "close|require|grant|observe|limit|quota|\\PC{0,8}",
        endpoint in prop::option::weighted(0.8, "export|POST /export|\\PC{0,8}"),
        tier in prop::option::of("Free|Plus|\\PC{0,8}"),
        customer in prop::option::of("\\PC{0,8}"),
        limits in prop::option::of("unlimited|[0-9]{1,4}/(minute|day)(; [0-9]/hour)?|\\PC{0,8}"),
        until in prop::option::of("2[0-9]{3}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]Z|\\PC{0,30}"),
    ) {
        let mut file = format!("version = 2\n[[override]]\nkind = {kind:?}\n");
        for (name, value) in [
            ("endpoint", endpoint),
            ("tier", tier),
            ("customer", customer),
            ("limits", limits),
            ("until", until),
        ] {
            if let Some(value) = value {
                file += &[name, " = ", &format!("{value:?}"), "\n"].concat();
            }
        }
        load_any(file.as_bytes());
    }
}
