//! The shapes of webhooks and answers, held to Meta's own OpenAPI file.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{PHONE, Setup, text};

/// Meta's OpenAPI file, if it is there. It is not a part of the project; in CI it has to be there all the same.
fn openapi() -> Option<Value> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/reference");
    let directory = std::env::var_os("RECADO_REFERENCE_DIR").map_or(beside, PathBuf::from);
    let file = directory.join("meta-openapi-v23.yaml");
    let Ok(yaml) = std::fs::read_to_string(&file) else {
        let message = format!("left out: {} is not there; set RECADO_REFERENCE_DIR", file.display());
        assert!(std::env::var_os("CI").is_none(), "{message}");
        #[expect(clippy::print_stderr, reason = "a test that checks nothing says so")]
        {
            eprintln!("{message}");
        }
        return None;
    };
    Some(serde_yaml_ng::from_str(&yaml).expect("the OpenAPI file is YAML"))
}

/// Where a value departs from a schema: types, required keys, enumerations. Keys that the schema does not know are
/// reported too, unless they came after the file was written.
fn problems(openapi: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = openapi.pointer(reference.trim_start_matches('#')).expect("a schema");
        return problems(openapi, target, value, at);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let found = choices.iter().map(|choice| problems(openapi, choice, value, at));
        return found.min_by_key(Vec::len).unwrap_or_default();
    }
    let fits = match schema["type"].as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string() || (value.is_null() && schema["nullable"] == true),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("boolean") => value.is_boolean(),
        _ => true,
    };
    let allowed = schema["enum"].as_array().is_none_or(|values| values.contains(value));
    let mut found = Vec::new();
    if !fits || !allowed {
        found.push(format!(
            "{at}: {value} is not {}",
            schema["enum"].as_array().map_or(schema["type"].to_string(), |values| json!(values).to_string())
        ));
    }
    for key in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if value.get(key).is_none() {
            found.push(format!("{at}.{key} is missing"));
        }
    }
    for (key, inner) in value.as_object().into_iter().flatten() {
        match schema["properties"].get(key) {
            Some(inner_schema) => {
                found.extend(problems(openapi, inner_schema, inner, &format!("{at}.{key}")))
            }
            None if schema["properties"].is_object() && !NEWER_KEYS.contains(&key.as_str()) => {
                found.push(format!("{at}.{key} is not in the schema"));
            }
            None => {}
        }
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        found.extend(problems(openapi, &schema["items"], item, &format!("{at}[{index}]")));
    }
    found
}

/// Keys that Meta added after the file (November 2025), or that it left out there.
const NEWER_KEYS: [&str; 12] = [
    "user_id",
    "from_user_id",
    "recipient_user_id",
    "username",
    "biz_opaque_callback_data",
    "contacts",
    "error_data",
    "error_subcode",
    "type",
    "throughput",
    "name_status",
    "code_verification_status",
];

fn schema(openapi: &Value, name: &str) -> Value {
    openapi["components"]["schemas"][name].clone()
}

#[tokio::test]
async fn answers_and_statuses_fit_the_schemas() {
    let Some(openapi) = openapi() else { return };
    let setup = Setup::with_open_window().await;
    let business = setup.simulator.business().clone();
    let account = &business.business_account_id;
    let sent = setup.send(text("Hello")).await.1;
    let template = json!({ "messaging_product": "whatsapp", "to": PHONE, "type": "template",
        "template": { "name": "hello_world", "language": { "code": "en_US" } } });
    let cases = [
        ("MessageResponsePayload", sent),
        ("MessageResponsePayload", setup.send(template).await.1),
        ("GraphAPIError", setup.send(text("")).await.1),
        ("GraphAPIError", setup.get("1").await.1),
        ("PhoneNumberInfo", setup.get(&business.phone_number_id).await.1),
        // The file has two of this name, and its `SubscribedApp_1` refers to the wrong one.
        (
            "WhatsAppBusinessApiData_1",
            setup.get(&format!("{account}/subscribed_apps")).await.1["data"][0]["whatsapp_business_api_data"]
                .clone(),
        ),
    ];
    for (name, answer) in cases {
        assert_eq!(problems(&openapi, &schema(&openapi, name), &answer, name), [""; 0], "{answer}");
    }
    setup.simulator.customer(PHONE).set_on_whatsapp(false);
    setup.send(text("nobody there")).await;
    setup.simulator.customer_reads(PHONE).await;
    setup.drained().await;
    let values: Vec<Value> =
        setup.receiver.values().into_iter().filter(|value| value.get("statuses").is_some()).collect();
    assert!(!values.is_empty());
    for value in values {
        assert_eq!(
            problems(&openapi, &schema(&openapi, "StatusMessageValue"), &value, "value"),
            [""; 0],
            "{value}"
        );
    }
}

#[tokio::test]
async fn lists_have_the_keys_of_the_examples() {
    let Some(openapi) = openapi() else { return };
    let setup = Setup::new().await;
    let account = setup.simulator.business().business_account_id.clone();
    let example = |path: &str| {
        let content = &openapi["paths"][path]["get"]["responses"]["200"]["content"]["application/json"];
        content["schema"].clone()
    };
    let (_, templates) = setup.get(&format!("{account}/message_templates")).await;
    let listed = example("/{Version}/{WABA-ID}/message_templates");
    let template_problems = problems(&openapi, &listed, &templates, "templates");
    // The example has neither buttons nor cards, and its variables are numbered.
    let unexpected: Vec<_> = template_problems
        .iter()
        .filter(|problem| !problem.contains("parameter_format") && !problem.contains(".components["))
        .collect();
    assert!(unexpected.is_empty(), "{unexpected:?}");
    let id = setup.simulator.add_media(&b"x"[..], "text/plain");
    let (_, media) = setup.get(&id).await;
    assert_eq!(problems(&openapi, &example("/{Version}/{Media-ID}"), &media, "media"), [""; 0]);
}

/// Every inbound example of Meta's comes out of the simulator as Meta wrote it, but for what was added in 2026.
#[tokio::test]
async fn inbound_messages_look_like_the_examples() {
    let Some(openapi) = openapi() else { return };
    let examples = &openapi["paths"]["/whatsapp/webhooks"]["post"]["requestBody"]["content"]["application/json"]
        ["examples"];
    let mut compared = 0;
    for (name, example) in examples.as_object().expect("examples") {
        let value = &example["value"]["entry"][0]["changes"][0]["value"];
        let Some(message) = value["messages"].get(0) else { continue };
        let setup = Setup::new().await;
        let phone = message["from"].as_str().expect("a sender");
        if let Some(profile) = value["contacts"][0]["profile"]["name"].as_str() {
            setup.simulator.customer(phone).set_name(profile);
        }
        setup.simulator.customer_writes(phone, message.clone()).await;
        setup.drained().await;
        let mut ours = setup.receiver.values().remove(0);
        for list in ["contacts", "messages"] {
            for item in ours
                .get_mut(list)
                .and_then(Value::as_array_mut)
                .into_iter()
                .flatten()
                .filter_map(Value::as_object_mut)
            {
                item.retain(|key, _| key != "user_id" && key != "from_user_id");
            }
        }
        ours["metadata"] = value["metadata"].clone();
        assert_eq!(&ours, value, "{name}");
        compared += 1;
    }
    assert!(compared >= 10, "{compared} examples");
}

/// What Meta's examples send is accepted, once their placeholders are filled in.
#[tokio::test]
async fn the_example_sends_are_accepted() {
    let Some(openapi) = openapi() else { return };
    let content =
        &openapi["paths"]["/{Version}/{Phone-Number-ID}/messages"]["post"]["requestBody"]["content"];
    let (mut accepted, mut refused) = (0, Vec::new());
    for (name, example) in content["application/json"]["examples"].as_object().expect("examples") {
        let setup = Setup::with_open_window().await;
        let mut body = example["value"].clone();
        let inbound = setup.simulator.phone_messages(PHONE)[0].id.clone();
        if body.get("status").is_some() {
            body["message_id"] = json!(inbound);
        } else {
            body["to"] = json!(PHONE);
        }
        let id = setup.simulator.add_media(&b"x"[..], "text/plain");
        fill_placeholders(&mut body, &id);
        let (status, answer) = setup.send(body).await;
        match status {
            200 => accepted += 1,
            _ => refused.push((name.as_str(), answer["error"]["code"].as_i64().unwrap_or_default())),
        }
    }
    // Templates that this account does not have, and an example that forgets its type.
    refused.retain(|(name, code)| *code != 132001 && *name != "Send Reply to List Message");
    assert!(refused.is_empty(), "{refused:?}");
    assert!(accepted >= 35, "{accepted} accepted");
}

/// Puts real values where the examples have words in brackets or braces.
fn fill_placeholders(value: &mut Value, media_id: &str) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map.iter_mut() {
                match (key.as_str(), inner.as_str()) {
                    ("code", Some("language-and-locale-code")) => *inner = json!("en_US"),
                    ("type", Some(kind)) if kind.starts_with('<') => *inner = json!("text"),
                    ("link" | "url", Some(link)) if !link.starts_with("https://") => {
                        *inner = json!("https://example.com/")
                    }
                    _ => fill_placeholders(inner, media_id),
                }
            }
            let is_media = map.get("id").is_some()
                && map.len() <= 4
                && !map.contains_key("title")
                && !map.contains_key("name");
            if is_media {
                map.insert("id".into(), json!(media_id));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| fill_placeholders(item, media_id)),
        Value::String(text) if text.starts_with('<') => {
            // Kept apart, and short enough for any title.
            *text = text.chars().filter(char::is_ascii_alphanumeric).rev().take(18).collect();
        }
        _ => {}
    }
}
