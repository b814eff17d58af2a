//! What the documents say of the code is so: settings, metrics, files.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use tests::reference::workspace;

const DOCUMENTS: [&str; 11] = [
    "README.md",
    "CONTRIBUTING.md",
    "docs/access.md",
    "docs/architecture.md",
    "docs/automatic.md",
    "docs/contacts.md",
    "docs/errors.es.md",
    "docs/errors.md",
    "docs/graphql.md",
    "docs/operations.md",
    "docs/subscriptions.md",
];
/// Read by the command line and the tests; the others are settings.
const OTHER_VARIABLES: [&str; 4] =
    ["RECADO_CONFIG", "RECADO_REFERENCE_DIR", "RECADO_TEST_NATS_URL", "RECADO_TEST_POSTGRES_URL"];

#[test]
fn every_setting_is_in_the_table_and_no_other() {
    let settings: BTreeSet<String> = read("api/config.default.toml")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(" = "))
        .map(|(name, _)| format!("RECADO_{}", name.to_uppercase()))
        .collect();
    assert!(settings.contains("RECADO_LISTEN"), "the settings could not be read");

    let table = read("docs/operations.md");
    for setting in &settings {
        assert!(table.contains(&format!("| `{setting}` |")), "docs/operations.md lacks {setting}");
    }
    for document in DOCUMENTS {
        for named in words(&read(document), "RECADO_") {
            let known = settings.contains(&named) || OTHER_VARIABLES.contains(&named.as_str());
            assert!(known, "{document} names {named}, which does not exist");
        }
    }
}

#[test]
fn every_metric_is_in_the_table_and_no_other() {
    let mut recorded = BTreeSet::new();
    for source in ["api/src", "inbox/src", "providers/src"]
        .into_iter()
        .flat_map(|place| sources(&workspace().join(place)))
    {
        let text = std::fs::read_to_string(&source).expect("a source can be read");
        for call in ["counter!(\"", "gauge!(\"", "histogram!(\""] {
            recorded.extend(
                text.split(call).skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned),
            );
        }
    }
    assert!(recorded.contains("recado_webhooks_total"), "the metrics could not be read");

    let document = read("docs/operations.md");
    for metric in &recorded {
        assert!(document.contains(&format!("| `{metric}` |")), "docs/operations.md lacks {metric}");
    }
    for named in words(&document, "recado_") {
        assert!(recorded.contains(&named), "docs/operations.md names {named}, which nothing records");
    }
}

#[test]
fn every_link_to_a_file_leads_somewhere() {
    for document in DOCUMENTS {
        let text = read(document);
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
        for target in targets.filter(|target| !target.is_empty() && !target.contains("://")) {
            let folder = Path::new(document).parent().unwrap_or(Path::new(""));
            assert!(workspace().join(folder).join(target).exists(), "{document} links to {target}");
        }
    }
}

/// The words of a text that begin with `prefix`, as far as a name goes.
fn words(text: &str, prefix: &str) -> BTreeSet<String> {
    text.split(|char: char| !char.is_ascii_alphanumeric() && char != '_')
        .filter(|word| word.starts_with(prefix) && word.len() > prefix.len())
        .map(str::to_owned)
        .collect()
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder of sources can be read");
    let paths = entries.map(|entry| entry.expect("an entry can be read").path());
    paths.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}

fn read(name: &str) -> String {
    std::fs::read_to_string(workspace().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}
