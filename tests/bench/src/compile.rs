//! The cost of compiling an annotated and mounted handler, compared with a handler without an
//! attribute. The generated crates have hundreds of handlers and differ only in the attribute.

use crate::callgrind;
use crate::report::{Report, Row};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The number of handlers for the published figures.
pub(crate) const HANDLERS: u32 = 200;
/// The number of handlers for `--check`. They reveal a regression in a third of the time.
pub(crate) const FEW_HANDLERS: u32 = 60;
const MODULES: u32 = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flavour {
    Bare,
    Tiergate,
    ProtectAxum,
}

const FLAVOURS: [Flavour; 3] = [Flavour::Bare, Flavour::Tiergate, Flavour::ProtectAxum];

impl Flavour {
    fn package(self) -> &'static str {
        match self {
            Self::Bare => "handlers-bare",
            Self::Tiergate => "handlers-tiergate",
            Self::ProtectAxum => "handlers-protect-axum",
        }
    }

    fn attribute(self, index: u32) -> String {
        match self {
            Self::Bare => String::new(),
            Self::Tiergate => {
                format!("#[tiergate::requires_tier(Plus, post = \"/calls/{{id}}/{index}\")]\n")
            }
            Self::ProtectAxum => {
                "#[protect_axum::protect(\"Tier::Plus\", ty = \"Tier\")]\n".to_owned()
            }
        }
    }
}

pub(crate) fn measure(report: &mut Report, handlers: u32, wants: &dyn Fn(&str) -> bool) {
    for command in ["check", "build"] {
        for is_incremental in [false, true] {
            let mode = if is_incremental {
                "incremental"
            } else {
                "from nothing"
            };
            if !wants(&format!("compile {command} {mode}")) {
                continue;
            }
            let [bare, own, other] =
                FLAVOURS.map(|flavour| instructions(flavour, handlers, command, is_incremental));
            // The counts are far below 2^53, so the conversion is exact.
            #[allow(clippy::cast_precision_loss)]
            let per_handler = |total: u64| (total as f64 - bare as f64) / 1e6 / f64::from(handlers);
            let (own, other) = (per_handler(own), per_handler(other));
            let row = Row {
                what: format!("`cargo {command}`, {mode}, a handler of {handlers}"),
                own: format!("{own:.2} M instructions of `rustc`"),
                other: format!("protect-axum {other:.2} M"),
                ratio: own / other,
                limit: 0.8,
            };
            // With few handlers, a greater share of the catalogue's fixed cost falls on each.
            report.add_guarded(row, if handlers < HANDLERS { 0.85 } else { 0.8 });
        }
    }
}

/// Returns the instructions that the compiler executes for one crate of handlers, without its
/// dependencies. An incremental run follows a change to one handler's body.
fn instructions(flavour: Flavour, handlers: u32, command: &str, is_incremental: bool) -> u64 {
    let generate = |edit| generate(flavour, handlers, edit);
    generate(0);
    let run = compiler(flavour, command, is_incremental, &generate);
    let directory = root().join(flavour.package());
    let sysroot = output(
        Command::new("rustc")
            .args(["--print", "sysroot"])
            .current_dir(&directory),
    );
    let rustc = Path::new(sysroot.trim()).join("bin/rustc");
    let run = run.replacen("rustc", &rustc.display().to_string(), 1);
    if is_incremental {
        // Compile the crate before the change. Cargo's last run may have compiled another edit.
        output(
            Command::new("sh")
                .args(["-c", &run])
                .current_dir(&directory),
        );
        generate(1);
    }
    callgrind::instructions_of_shell(&run, &directory)
}

/// Returns cargo's compiler command for the crate, after building its dependencies.
fn compiler(
    flavour: Flavour,
    command: &str,
    is_incremental: bool,
    generate: &dyn Fn(usize),
) -> String {
    let directory = root().join(flavour.package());
    let cargo = || {
        output(
            Command::new(env!("CARGO"))
                .args([command, "--verbose"])
                .current_dir(&directory)
                .env("CARGO_TARGET_DIR", root().join("target"))
                .env("CARGO_INCREMENTAL", if is_incremental { "1" } else { "0" }),
        )
    };
    cargo();
    generate(2);
    let text = cargo();
    generate(0);
    let crate_name = flavour.package().replace('-', "_");
    let line = text
        .lines()
        .rev()
        .find(|line| line.contains(&format!("--crate-name {crate_name} ")));
    let start = line.and_then(|line| line.find("rustc --crate-name").map(|at| &line[at..]));
    start
        .expect("a call of rustc")
        .trim_end_matches('`')
        .to_owned()
}

/// Runs a command, and returns its output and its errors.
fn output(command: &mut Command) -> String {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(output.status.success(), "{command:?}: {text}");
    text
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/bench")
}

/// Writes the crate. Each edit changes the body of one handler.
fn generate(flavour: Flavour, handlers: u32, edit: usize) {
    let directory = root().join(flavour.package());
    fs::create_dir_all(directory.join("src")).expect("a directory");
    let core = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../core");
    let manifest = format!(
        "[package]\nname = \"{}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n\
         axum = {{ version = \"0.8\", default-features = false, features = [\"json\"] }}\n\
         serde = {{ version = \"1\", features = [\"derive\"] }}\n{}",
        flavour.package(),
        match flavour {
            Flavour::Bare => String::new(),
            Flavour::Tiergate => format!(
                "tiergate = {{ path = \"{}\", features = [\"axum\"] }}\n",
                core.canonicalize().expect("the crate").display()
            ),
            Flavour::ProtectAxum => "protect-axum = \"0.2\"\n".to_owned(),
        }
    );
    write(&directory.join("Cargo.toml"), &manifest);
    let per_module = handlers / MODULES;
    let mut lib = String::from(
        "//! Handlers.\n\nuse axum::routing::post;\n\n#[derive(Clone)]\npub struct App(pub u32);\n\n\
         #[derive(Clone, Copy, PartialEq, Eq, Hash)]\n",
    );
    if flavour == Flavour::Tiergate {
        lib.push_str("#[derive(tiergate::Tier)]\n");
    }
    lib.push_str("pub enum Tier {\n    Free,\n    Plus,\n    Pro,\n}\n\n");
    for module in 0..MODULES {
        let _ = writeln!(lib, "pub mod module_{module};");
        let mut text = String::from(
            "use crate::{App, Tier};\nuse axum::Json;\nuse axum::extract::{Path, State};\nuse axum::http::StatusCode;\nuse serde::Deserialize;\n\n\
             #[derive(Deserialize)]\npub struct NewCall {\n    pub title: String,\n    pub priority: u32,\n}\n\n\
             pub const LOWEST: Tier = Tier::Free;\n\n",
        );
        for index in module * per_module..(module + 1) * per_module {
            let edited = if index == per_module / 2 { edit } else { 0 };
            let _ = write!(
                text,
                "/// Handles the calls of kind {index}.\n{}pub async fn handler_{index}(\n    State(app): State<App>,\n    Path(id): Path<u32>,\n    Json(call): Json<NewCall>,\n) -> Result<String, StatusCode> {{\n    if call.priority > app.0 {{\n        return Err(StatusCode::BAD_REQUEST);\n    }}\n    let title = call.title.trim().to_owned();\n    Ok(format!(\"{{id}} {{title}} {index} {edited}\"))\n}}\n\n",
                flavour.attribute(index),
            );
        }
        write(&directory.join(format!("src/module_{module}.rs")), &text);
    }
    if flavour == Flavour::Tiergate {
        lib.push_str(
            "\n#[derive(tiergate::Catalogue)]\n#[catalogue(tier = Tier, state = App, handlers(\n",
        );
        for index in 0..handlers {
            let _ = writeln!(lib, "    module_{}::handler_{index},", index / per_module);
        }
        lib.push_str("))]\npub struct Api;\n\npub fn app() -> axum::Router<App> {\n    Api::router().route(\"/\", post(|| async {}))\n}\n");
    } else {
        lib.push_str("\npub fn app() -> axum::Router<App> {\n    axum::Router::new()\n        .route(\"/\", post(|| async {}))\n");
        for index in 0..handlers {
            let _ = writeln!(
                lib,
                "        .route(\"/calls/{{id}}/{index}\", post(module_{}::handler_{index}))",
                index / per_module
            );
        }
        lib.push_str("}\n");
    }
    write(&directory.join("src/lib.rs"), &lib);
}

/// Writes a file only if its content changes, because cargo compiles all touched files again.
fn write(path: &Path, text: &str) {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return;
    }
    fs::write(path, text).expect("a writable target directory");
}
