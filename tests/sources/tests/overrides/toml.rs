//! The watched TOML file.

use crate::{
    Api, Content, Editor, SECOND, TIMEOUT, a_hundred_changes, accepts_an_old_backup,
    assert_in_effect, assert_limits, faults, installs, ms, quota, stays,
};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use tiergate::Overrides;
use tiergate::overrides::{LoadError, TomlOverrides};
use tokio::time::sleep;

/// A folder that is removed at the end of a test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::SeqCst);
        let name = format!("tiergate_overrides_{}_{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir(&folder).expect("a folder");
        Self(folder)
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn document(version: u64, content: Content) -> String {
    let entry = match content {
        Content::Nothing => "",
        Content::Close => "[[override]]\nkind = \"close\"\nendpoint = \"export\"\n",
        Content::RequireFree => {
            "[[override]]\nkind = \"require\"\nendpoint = \"POST /export\"\ntier = \"Free\"\nuntil = 9999-01-01T00:00:00Z\n"
        }
    };
    format!("version = {version}\n{entry}")
}

/// Writes the file in place.
struct InPlace<'a>(&'a Path);

impl Editor for InPlace<'_> {
    async fn write(&self, version: u64, content: Content) {
        fs::write(self.0, document(version, content)).expect("the file");
    }
}

/// Writes another file and renames it.
struct ByRenaming<'a>(&'a Path);

impl Editor for ByRenaming<'_> {
    async fn write(&self, version: u64, content: Content) {
        let new = self.0.with_extension("new");
        fs::write(&new, document(version, content)).expect("the new file");
        fs::rename(&new, self.0).expect("the file");
    }
}

#[tokio::test]
async fn a_file_is_missing_removed_and_restored() {
    let folder = Folder::new();
    // The watched path is a link, which is missing while the store is down.
    let (path, data) = (folder.file("overrides.toml"), folder.file("data.toml"));
    let overrides = Overrides::of::<Api>();
    tokio::spawn(TomlOverrides::new(&path).watch(&overrides));
    let down = || async { fs::remove_file(&path).expect("the link") };
    let up = || async { std::os::unix::fs::symlink(&data, &path).expect("a link") };
    faults(&overrides, &InPlace(&data), down, up).await;
}

#[tokio::test]
async fn a_file_is_garbage() {
    let folder = Folder::new();
    let path = folder.file("overrides.toml");
    let editor = InPlace(&path);
    let overrides = Overrides::of::<Api>();
    tokio::spawn(TomlOverrides::new(&path).watch(&overrides));
    editor.write(1, Content::Close).await;
    installs(&overrides, 1, SECOND, "the first version").await;
    let unknown = "version = 2\n[[override]]\nkind = \"close\"\nendpoint = \"exprot\"\n";
    for garbage in ["", "\0\u{1b}[2J", "version = 2\n[[override]]", unknown] {
        fs::write(&path, garbage).expect("the file");
        stays(&overrides, Some(1), Content::Close, garbage).await;
    }
    fs::write(&path, [0xff; 1000]).expect("the file");
    stays(&overrides, Some(1), Content::Close, "no text").await;
    fs::remove_file(&path).expect("the file");
    fs::create_dir(&path).expect("a folder");
    stays(&overrides, Some(1), Content::Close, "a folder").await;
    fs::remove_dir(&path).expect("the folder");
    editor.write(2, Content::Nothing).await;
    installs(&overrides, 2, SECOND, "a change after garbage").await;
}

#[tokio::test]
async fn a_named_pipe_does_not_block() {
    let folder = Folder::new();
    let path = folder.file("overrides.toml");
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    assert!(made.expect("mkfifo runs").success());
    let overrides = Overrides::of::<Api>();
    let file = TomlOverrides::new(&path).timeout(TIMEOUT);
    let error = file.load(&overrides).await.expect_err("no file");
    assert!(error.to_string().ends_with("this isn't a file"), "{error}");
}

#[tokio::test]
async fn half_of_a_file_is_never_installed() {
    let folder = Folder::new();
    let path = folder.file("overrides.toml");
    let overrides = Overrides::of::<Api>();
    tokio::spawn(TomlOverrides::new(&path).interval(ms(10)).watch(&overrides));
    for version in 1..20 {
        // Without its last table, the file is valid too.
        let whole = document(version, Content::Close);
        let half = document(version, Content::Nothing);
        assert!(whole.starts_with(&half));
        fs::write(&path, half).expect("half of the file");
        for _ in 0..2 {
            sleep(ms(10)).await;
            assert!(overrides.version() < Some(version), "half of {version}");
        }
        fs::write(&path, whole).expect("the file");
        installs(&overrides, version, SECOND, "the whole file").await;
        assert_in_effect(&overrides, Content::Close, "the whole file");
    }
}

#[tokio::test]
async fn an_older_version_is_accepted_on_request() {
    let folder = Folder::new();
    let path = folder.file("overrides.toml");
    let overrides = Overrides::of::<Api>();
    let file = TomlOverrides::new(&path).accept_older_versions(true);
    tokio::spawn(file.watch(&overrides));
    accepts_an_old_backup(&overrides, &ByRenaming(&path)).await;
    // Other overrides with the installed version are still an error.
    fs::write(&path, document(3, Content::Close)).expect("the file");
    stays(
        &overrides,
        Some(3),
        Content::RequireFree,
        "the same version",
    )
    .await;
}

#[tokio::test]
async fn a_file_contains_limits() {
    let folder = Folder::new();
    let path = folder.file("overrides.toml");
    let limits = "version = 1\n\
        [[override]]\nkind = \"limit\"\ncustomer = \"customer-7\"\nendpoint = \"GET /limited\"\n\
        limits = \"600/minute; 7/second\"\nuntil = 2030-01-01T00:00:00.5Z\nby = \"support\"\nbecause = \"ticket 4711\"\n\
        [[override]]\nkind = \"quota\"\ncustomer = \"customer-7\"\nlimits = \"9000/day\"\nuntil = 9999-01-01T00:00:00Z\n";
    fs::write(&path, limits).expect("the file");
    let overrides = Overrides::of::<quota::Api>();
    let file = TomlOverrides::new(&path);
    file.load(&overrides).await.expect("a valid file");
    assert_limits(&overrides).await;

    for (from, to, expected) in [
        (
            "600/minute",
            "600/min",
            "override 1 (limit \"GET /limited\" to \"600/min; 7/second\" for \"customer-7\" until 2030-01-01T00:00:00Z): \
             `limits`: `min` is not a unit; write `600/minute` (at character 5)",
        ),
        (
            "limits = \"9000/day\"",
            "limits = 9000",
            "override 2 (quota for \"customer-7\"): `limits` is a number; it must be text",
        ),
        (
            "GET /limited",
            "plain",
            "override 1 (limit \"plain\" to \"600/minute; 7/second\" for \"customer-7\" until 2030-01-01T00:00:00Z): \
             the endpoint has no limit to change; add `limit = …` to its attribute first, or change the catalogue's quota with `quota`",
        ),
    ] {
        let invalid = limits
            .replace("version = 1", "version = 2")
            .replace(from, to);
        fs::write(&path, invalid).expect("the file");
        let error = file.load(&overrides).await.expect_err(to);
        assert_eq!(error.to_string(), expected);
        assert_eq!(overrides.version(), Some(1));
    }
}

#[tokio::test]
async fn a_file_is_loaded_once() {
    let folder = Folder::new();
    let path = folder.file("overrides.toml");
    let overrides = Overrides::of::<Api>();
    let file = TomlOverrides::new(&path);
    let error = file.load(&overrides).await.expect_err("no file");
    assert!(matches!(error, LoadError::Unavailable(_)), "{error:?}");
    ByRenaming(&path).write(7, Content::Close).await;
    file.load(&overrides).await.expect("a valid file");
    assert_eq!(overrides.version(), Some(7));
    fs::write(&path, document(7, Content::Nothing)).expect("the file");
    let error = file.load(&overrides).await.expect_err("the same version");
    let expected = "version 7 of the overrides is already installed with other overrides; use a higher version";
    assert_eq!(error.to_string(), expected);
    ByRenaming(&path).write(6, Content::Nothing).await;
    let error = file.load(&overrides).await.expect_err("an older version");
    let expected = "version 6 of the overrides is older than the installed version 7; use a higher version, or allow older versions with `rollback` or a store's `accept_older_versions`";
    assert_eq!(error.to_string(), expected);
}

#[tokio::test]
async fn each_of_a_hundred_changes_is_visible_within_a_second() {
    let folder = Folder::new();
    let path = folder.file("overrides.toml");
    let machines = [Overrides::of::<Api>(), Overrides::of::<Api>()];
    for machine in &machines {
        tokio::spawn(TomlOverrides::new(&path).watch(machine));
    }
    let [one, other] = &machines;
    a_hundred_changes([one, other], &InPlace(&path), ms(250)).await;
}
