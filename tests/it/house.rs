//! The rules of the house that a reader of the sources can check: which module may name which, and how long files are.

use std::path::{Path, PathBuf};
use tests::reference::workspace;

/// The hard limit, in lines.
const LONGEST: usize = 600;

/// What each module of `inbox` may name beside itself. Arrows go down only: `jobs` → `services` → `domain`, `store`.
/// `app` holds what is made once at start and is handed to every use case, so those above the store may name it.
const ARROWS: [(&str, &[&str]); 16] = [
    ("domain", &[]),
    ("clock", &[]),
    ("limits", &[]),
    ("error", &["auth"]),
    // `app` for the type of a secret.
    ("auth", &["app", "clock", "error"]),
    ("bus", &["error"]),
    ("media", &["domain", "error"]),
    // `app` for the type of a secret.
    ("vault", &["app", "error"]),
    ("model_client", &["media"]),
    ("store", &["auth", "bus", "clock", "domain", "error"]),
    // `app` for the type of a connection.
    ("connection", &["app", "auth", "bus", "domain", "error", "store", "vault"]),
    ("events", &["auth", "bus", "clock", "error", "store"]),
    ("diagnostics", &["app", "auth", "clock", "domain", "error", "store"]),
    ("services", &["app", "auth", "bus", "clock", "domain", "error", "events", "limits", "media", "store"]),
    (
        "jobs",
        &["app", "auth", "bus", "clock", "domain", "error", "events", "limits", "media", "services", "store"],
    ),
    // `domain` for settings that are rules.
    (
        "app",
        &[
            "auth",
            "bus",
            "clock",
            "connection",
            "domain",
            "error",
            "events",
            "limits",
            "media",
            "model_client",
            "services",
            "store",
            "vault",
        ],
    ),
];

/// Crates that a crate may not depend on.
const WALLS: [(&str, &[&str]); 6] = [
    ("inbox", &["api", "async-graphql", "axum", "simulator"]),
    (
        "providers",
        &["api", "async-graphql", "axum", "entities", "inbox", "migration", "sea-orm", "simulator", "sqlx"],
    ),
    (
        "models",
        &[
            "api",
            "async-graphql",
            "axum",
            "entities",
            "inbox",
            "migration",
            "providers",
            "sea-orm",
            "simulator",
            "sqlx",
        ],
    ),
    ("simulator", &["api", "entities", "inbox", "migration", "models", "providers"]),
    ("entities", &["api", "async-graphql", "axum", "inbox", "migration", "models", "providers", "simulator"]),
    ("migration", &["api", "async-graphql", "axum", "entities", "inbox", "models", "providers", "simulator"]),
];

/// A source file: its path in the workspace and its lines.
struct Source {
    path: String,
    text: String,
}

impl Source {
    /// The lines without comments; tests are none of the rules' business.
    fn code(&self) -> impl Iterator<Item = &str> {
        let tests = self.text.find("#[cfg(test)]\nmod tests {").unwrap_or(self.text.len());
        self.text[..tests].lines().filter(|line| !line.trim_start().starts_with("//"))
    }

    fn is_test(&self) -> bool {
        self.path.contains("/tests/") || self.path.ends_with("/tests.rs")
    }
}

fn sources(below: &str) -> Vec<Source> {
    let mut found = Vec::new();
    collect(&workspace().join(below), &mut found);
    assert!(!found.is_empty(), "no sources below {below}");
    found.sort();
    let source = |path: PathBuf| Source {
        text: std::fs::read_to_string(&path).unwrap(),
        path: path.strip_prefix(workspace()).unwrap().display().to_string(),
    };
    found.into_iter().map(source).collect()
}

fn collect(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap_or_default();
        if path.is_dir() && name != "target" && name != "vendor" && !name.to_string_lossy().starts_with('.') {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The modules that a line names by `crate::`; what the root exports counts as the module that it comes from.
fn named(line: &str) -> impl Iterator<Item = &str> {
    line.split("crate::").skip(1).flat_map(|rest| {
        let names = rest.strip_prefix('{').map_or(rest, |list| list.split('}').next().unwrap_or(list));
        let several = rest.starts_with('{');
        names.split(',').take(if several { usize::MAX } else { 1 }).map(|name| {
            let end = name.trim().find(|c: char| !c.is_alphanumeric() && c != '_');
            match &name.trim()[..end.unwrap_or(name.trim().len())] {
                "App" | "AppConfig" | "Secret" | "SecretKey" | "WhatsAppConfig" => "app",
                "Error" | "Result" => "error",
                other => other,
            }
        })
    })
}

#[test]
fn arrows_inside_the_inbox_go_down() {
    let mut seen = 0;
    for source in sources("inbox/src") {
        let module =
            source.path.strip_prefix("inbox/src/").unwrap().split(['/', '.']).next().unwrap_or_default();
        if source.is_test() || ["lib", "testing"].contains(&module) {
            continue;
        }
        let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == module) else {
            panic!("{}: a new module; say in ARROWS what it may name", source.path);
        };
        for line in source.code() {
            for name in named(line).filter(|name| !name.is_empty()) {
                assert!(
                    name == module || allowed.contains(&name),
                    "{}: {module} may not name {name}: {line}",
                    source.path
                );
                seen += 1;
            }
        }
    }
    assert!(seen > 100, "only {seen} arrows were found");
}

#[test]
fn what_a_line_names() {
    let table: [(&str, &[&str]); 6] = [
        ("use crate::store::{Db, receipts};", &["store"]),
        ("use crate::{App, Result};", &["app", "error"]),
        ("use crate::{services::send, jobs};", &["services", "jobs"]),
        ("    let x: crate::Result<()> = crate::jobs::run();", &["error", "jobs"]),
        ("pub(crate) fn f() {}", &[]),
        ("use std::sync::Arc;", &[]),
    ];
    for (line, expected) in table {
        assert_eq!(named(line).collect::<Vec<_>>(), expected, "{line}");
    }
}

#[test]
fn the_rules_of_the_domain_are_pure() {
    for source in sources("inbox/src/domain") {
        for line in source.code() {
            for impure in [
                "async ",
                ".await",
                "tokio::",
                "DatabaseConnection",
                "ConnectionTrait",
                "EntityTrait",
                "Clock",
                "rand::",
            ] {
                assert!(!line.contains(impure), "{}: {impure}: {line}", source.path);
            }
        }
    }
}

#[test]
fn only_use_cases_write() {
    for source in
        sources("api/src").iter().filter(|source| !source.is_test() && !source.path.contains("/bench"))
    {
        for line in source.code() {
            let writes =
                ["db.write(", "Priority::", "ActiveModel", ".conn()"].iter().any(|word| line.contains(word));
            assert!(!writes, "{}: the API reads the store and calls use cases: {line}", source.path);
        }
    }
}

#[test]
fn crates_keep_their_walls() {
    for (name, walls) in WALLS {
        let manifest = std::fs::read_to_string(workspace().join(name).join("Cargo.toml")).unwrap();
        let dependencies = manifest.split("[dependencies]").nth(1).unwrap_or_default();
        for line in dependencies.split("\n[").next().unwrap_or_default().lines() {
            let dependency = line.split(['.', ' ', '=']).next().unwrap_or_default();
            assert!(!walls.contains(&dependency), "{name} may not depend on {dependency}");
        }
    }
}

#[test]
fn no_file_is_too_long() {
    for source in sources(".") {
        let lines = source.text.lines().count();
        assert!(lines <= LONGEST, "{} has {lines} lines; split it by what it does", source.path);
    }
}
