//! Webhook bodies that others wrote: the fixtures of the `providers` crate, and the examples of Meta's OpenAPI file.

use serde_json::Value;
use serde_yaml_ng::Value as Yaml;
use std::path::{Path, PathBuf};

const OPENAPI: &str = "meta-openapi-v23.yaml";
const DIRECTORY: &str = "RECADO_REFERENCE_DIR";

/// A body with its name.
#[derive(Clone, Debug)]
pub struct Example {
    /// The file's name without its ending, or the example's title.
    pub name: String,
    /// The body, byte for byte.
    pub body: String,
}

/// Every fixture of `providers/fixtures`, in the order of their names.
///
/// # Panics
/// If they cannot be read.
#[must_use]
pub fn fixtures() -> Vec<Example> {
    let directory = workspace().join("providers/fixtures");
    let files = std::fs::read_dir(directory).expect("the fixtures can be listed");
    let mut paths: Vec<PathBuf> = files
        .map(|entry| entry.expect("the fixtures can be listed").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    paths.sort();
    let example = |path: &PathBuf| Example {
        name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        body: std::fs::read_to_string(path).expect("a fixture can be read"),
    };
    paths.iter().map(example).collect()
}

/// Every webhook example of Meta's OpenAPI file, which is not part of this project: it is looked for in
/// `RECADO_REFERENCE_DIR`, else in `../shared/reference` beside the workspace. None if it is not there.
///
/// # Panics
/// If the file is not what it should be, or is missing although the variable `CI` is set.
#[must_use]
#[expect(clippy::print_stderr, reason = "a test that was left out must say so")]
pub fn openapi_examples() -> Option<Vec<Example>> {
    let beside = workspace().join("../shared/reference");
    let path = std::env::var_os(DIRECTORY).map_or(beside, PathBuf::from).join(OPENAPI);
    if !path.is_file() {
        let text = format!("{OPENAPI} is missing; set {DIRECTORY} to its directory");
        assert!(std::env::var_os("CI").is_none(), "{text}");
        eprintln!("LEFT OUT: {text}");
        return None;
    }
    let text = std::fs::read_to_string(path).expect("the OpenAPI file can be read");
    let document: Yaml = serde_yaml_ng::from_str(&text).expect("the OpenAPI file is YAML");
    let body = &document["paths"]["/whatsapp/webhooks"]["post"]["requestBody"];
    let examples = body["content"]["application/json"]["examples"].as_mapping().expect("there are examples");
    let example = |(name, example): (&Yaml, &Yaml)| Example {
        name: name.as_str().unwrap_or_default().to_owned(),
        body: serde_json::to_string(&example["value"]).expect("an example is JSON"),
    };
    Some(examples.iter().map(example).collect())
}

/// The root of the workspace.
#[must_use]
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// All messages of a body, whichever list of whichever change they stand in.
#[must_use]
pub fn message_objects(body: &Value) -> Vec<&Value> {
    let changes = body["entry"].as_array().into_iter().flatten();
    let values = changes
        .flat_map(|entry| entry["changes"].as_array().into_iter().flatten())
        .map(|change| &change["value"]);
    let lists = ["messages", "message_echoes"];
    values.flat_map(|value| lists.map(|list| value[list].as_array())).flatten().flatten().collect()
}
