//! The rules of `deny.toml` for licences, bans and sources, so that they hold without `cargo-deny`.
//!
//! What is built is read from `cargo tree`: `Cargo.lock` and `cargo metadata` also name optional crates that nothing
//! switches on.

use serde::Deserialize;
use spdx::{Expression, ParseMode};
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use tests::reference::workspace;

#[derive(Deserialize)]
struct Rules {
    licenses: Licenses,
    bans: Bans,
    sources: Sources,
}

#[derive(Deserialize)]
struct Licenses {
    allow: BTreeSet<String>,
    clarify: Vec<Clarification>,
}

/// The licence of a crate whose manifest does not name it.
#[derive(Deserialize)]
struct Clarification {
    #[serde(rename = "crate")]
    name: String,
    expression: String,
}

#[derive(Deserialize)]
struct Bans {
    deny: Vec<Ban>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Ban {
    #[serde(rename = "crate")]
    name: String,
    /// The crate is allowed, but only in one version.
    #[serde(default)]
    deny_multiple_versions: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Sources {
    allow_registry: BTreeSet<String>,
}

#[derive(Deserialize)]
struct Lock {
    package: Vec<Locked>,
}

#[derive(Deserialize)]
struct Locked {
    name: String,
    /// Absent for crates of this repository.
    source: Option<String>,
}

/// A crate that is built on this machine, for the program or its tests.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Built {
    name: String,
    version: String,
    license: String,
}

#[test]
fn licences_are_allowed() {
    let Licenses { allow: allowed, clarify } = rules().licenses;
    for Built { name, version, license } in built() {
        let clarified = clarify.iter().find(|clarification| clarification.name == name && license.is_empty());
        let license = clarified.map_or(license, |clarification| clarification.expression.clone());
        assert!(
            is_allowed(&license, &allowed),
            "{name} {version} has the licence \"{license}\", which deny.toml does not allow"
        );
    }
}

#[test]
fn a_choice_of_licences_needs_one_and_a_sum_needs_all() {
    let allowed = BTreeSet::from(["MIT".to_owned(), "Apache-2.0 WITH LLVM-exception".to_owned()]);
    for license in ["MIT", "MIT/Apache-2.0", "GPL-3.0-only OR MIT", "Apache-2.0 WITH LLVM-exception AND MIT"]
    {
        assert!(is_allowed(license, &allowed), "{license}");
    }
    for license in ["", "Apache-2.0", "MIT AND GPL-3.0-only", "no such licence"] {
        assert!(!is_allowed(license, &allowed), "{license}");
    }
}

fn is_allowed(license: &str, allowed: &BTreeSet<String>) -> bool {
    Expression::parse_mode(license, ParseMode::LAX)
        .is_ok_and(|license| license.evaluate(|part| allowed.contains(&part.to_string())))
}

#[test]
fn banned_crates_are_not_built() {
    let built = built();
    for ban in rules().bans.deny.iter().filter(|ban| !ban.deny_multiple_versions) {
        let found = built.iter().find(|built| built.name == ban.name);
        assert!(found.is_none(), "{0} is built; `cargo tree --workspace -i {0}` says for whom", ban.name);
    }
}

#[test]
fn crates_that_must_agree_are_built_in_one_version() {
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for Built { name, version, .. } in built() {
        versions.entry(name).or_default().insert(version);
    }
    for ban in rules().bans.deny.iter().filter(|ban| ban.deny_multiple_versions) {
        let found = versions.get(&ban.name).map_or(0, BTreeSet::len);
        assert_eq!(found, 1, "versions of {0}; `cargo tree --workspace -i {0}` says for whom", ban.name);
    }
}

#[test]
fn crates_come_from_crates_io_or_this_repository() {
    let lock: Lock = read("Cargo.lock");
    let allowed = rules().sources.allow_registry;
    for Locked { name, source } in lock.package {
        let Some(source) = source else { continue };
        let registry = source.strip_prefix("registry+").unwrap_or_default();
        assert!(allowed.contains(registry), "{name} comes from {source}, which deny.toml does not allow");
    }
}

fn rules() -> Rules {
    read("deny.toml")
}

fn read<T: for<'a> Deserialize<'a>>(name: &str) -> T {
    let text =
        std::fs::read_to_string(workspace().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    toml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn built() -> BTreeSet<Built> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--workspace", "--locked", "--offline", "--edges", "normal,build,dev"])
        .args(["--prefix", "none", "--format", "{p}|{l}"])
        .current_dir(workspace())
        .output()
        .expect("cargo can be run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).expect("cargo writes UTF-8");
    // Between the crates of the workspace stands an empty line.
    tree.lines().filter(|line| !line.is_empty()).map(parse).collect()
}

/// `name v1.2.3 (place)|licence`, and ` (*)` at the end of what was listed before.
fn parse(line: &str) -> Built {
    let fields = line.split_once('|').and_then(|(package, license)| {
        let (name, rest) = package.split_once(" v")?;
        let version = rest.split(' ').next()?;
        Some((name, version, license.trim_end_matches("(*)").trim()))
    });
    let (name, version, license) = fields.unwrap_or_else(|| panic!("cargo tree wrote: {line}"));
    Built { name: name.to_owned(), version: version.to_owned(), license: license.to_owned() }
}
