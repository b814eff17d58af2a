//! Meta's OpenAPI file. It is not part of this project: RECADO_REFERENCE_DIR says where it is.

use serde_json::Value;
use std::path::{Path, PathBuf};

const FILE: &str = "meta-openapi-v23.yaml";

/// The document; nothing, and a word about it, where it is not at hand.
#[expect(clippy::print_stderr, reason = "a test that was left out must say so")]
pub(super) fn openapi() -> Option<Value> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/reference");
    let directory = std::env::var_os("RECADO_REFERENCE_DIR").map_or(beside, PathBuf::from);
    let path = directory.join(FILE);
    if path.is_file() {
        return Some(serde_yaml_ng::from_str(&std::fs::read_to_string(path).unwrap()).unwrap());
    }
    assert!(std::env::var_os("CI").is_none(), "{FILE} is missing; set RECADO_REFERENCE_DIR to its directory");
    eprintln!("LEFT OUT: {FILE} is not here; set RECADO_REFERENCE_DIR to its directory");
    None
}
