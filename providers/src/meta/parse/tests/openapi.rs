//! Every webhook example of Meta's OpenAPI file. The file is not part of this project: RECADO_REFERENCE_DIR says where
//! it is.

use super::*;
use serde_yaml_ng::Value as Yaml;

const FILE: &str = "meta-openapi-v23.yaml";

/// The example that is of an unsupported message, and is to be read as one.
const UNSUPPORTED: [&str; 1] = ["Unsupported Message"];

fn file() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/reference");
    let directory = std::env::var_os("RECADO_REFERENCE_DIR").map_or(beside, PathBuf::from);
    Some(directory.join(FILE)).filter(|path| path.is_file())
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that was left out must say so")]
fn metas_examples_are_read() {
    let Some(path) = file() else {
        assert!(
            std::env::var_os("CI").is_none(),
            "{FILE} is missing; set RECADO_REFERENCE_DIR to its directory"
        );
        eprintln!("LEFT OUT: {FILE} is not here; set RECADO_REFERENCE_DIR to its directory");
        return;
    };
    let document: Yaml = serde_yaml_ng::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let body = &document["paths"]["/whatsapp/webhooks"]["post"]["requestBody"];
    let examples = body["content"]["application/json"]["examples"].as_mapping().unwrap();
    assert!(examples.len() >= 16, "{} examples", examples.len());
    for (name, example) in examples {
        let name = name.as_str().unwrap();
        let body = serde_json::to_string(&example["value"]).unwrap();
        check(name, &parse_text(&body).unwrap());
    }
}

fn check(name: &str, delivery: &Delivery) {
    let items: Vec<&Item> = items(delivery).collect();
    assert!(!items.is_empty(), "{name} gives nothing");
    for item in items {
        assert!(!matches!(item, Item::Unreadable(_)), "{name}: {item:?}");
        let is_unsupported = matches!(content(item), Some(Content::Unsupported(_)));
        assert_eq!(is_unsupported, UNSUPPORTED.contains(&name), "{name}: {item:?}");
        // Groups have no model of their own and are kept whole; everything else is understood.
        assert_eq!(matches!(item, Item::Update(_)), name.starts_with("Group"), "{name}: {item:?}");
    }
}
