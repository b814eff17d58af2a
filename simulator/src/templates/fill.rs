//! The parameters of a send, held against the components of its template as Meta does.

use super::Mismatch;
use serde_json::Value;

/// Checks all parameters, and gives the body with its variables filled in.
pub(super) fn fill(components: &Value, send: &Value) -> Result<String, Mismatch> {
    let sent = send.as_array().map(Vec::as_slice).unwrap_or_default();
    check_header(component(components, "header"), sent)?;
    let text = body(component(components, "body"), sent)?;
    check_buttons(component(components, "buttons"), sent)?;
    let offer = component(components, "limited_time_offer");
    if offer["limited_time_offer"]["has_expiration"] == true {
        let ends = parameters(sent, "limited_time_offer");
        let at = ends.first().and_then(|end| end["limited_time_offer"]["expiration_time_ms"].as_i64());
        at.ok_or_else(|| mismatch(132012, "limited_time_offer: there is no expiration time"))?;
    }
    check_cards(component(components, "carousel"), sent)?;
    Ok(text)
}

fn check_cards(carousel: &Value, sent: &[Value]) -> Result<(), Mismatch> {
    let Some(cards) = carousel["cards"].as_array() else { return Ok(()) };
    let given = find(sent, "carousel")["cards"].as_array().cloned().unwrap_or_default();
    if given.len() != cards.len() {
        return Err(count("carousel", cards.len(), given.len()));
    }
    for (card, index) in cards.iter().zip(0_u64..) {
        let one = given.iter().find(|one| one["card_index"].as_u64() == Some(index));
        let one = one.ok_or_else(|| mismatch(132012, "carousel: a card is missing"))?;
        fill(&card["components"], &one["components"])?;
    }
    Ok(())
}

fn check_header(header: &Value, sent: &[Value]) -> Result<(), Mismatch> {
    let given = parameters(sent, "header");
    let format = header["format"].as_str().unwrap_or("TEXT").to_lowercase();
    if format == "text" {
        let text = header["text"].as_str().unwrap_or_default();
        return texts("header", text, given).map(drop);
    }
    if given.len() != 1 {
        return Err(count("header", 1, given.len()));
    }
    if given[0]["type"] != format.as_str() {
        let seen = given[0]["type"].as_str().unwrap_or("nothing");
        return Err(mismatch(
            132012,
            format!("header: Format mismatch, expected {}, received {seen}", format.to_uppercase()),
        ));
    }
    Ok(())
}

fn body(body: &Value, sent: &[Value]) -> Result<String, Mismatch> {
    texts("body", body["text"].as_str().unwrap_or_default(), parameters(sent, "body"))
}

fn check_buttons(buttons: &Value, sent: &[Value]) -> Result<(), Mismatch> {
    let buttons = buttons["buttons"].as_array().map(Vec::as_slice).unwrap_or_default();
    for one in sent.iter().filter(|one| is(one, "button")) {
        let index = one["index"].as_str().and_then(|index| index.parse::<usize>().ok());
        let index = index.or_else(|| usize::try_from(one["index"].as_u64()?).ok());
        let button = index.and_then(|index| buttons.get(index));
        let button = button.ok_or_else(|| mismatch(132012, "buttons: there is no button at that index"))?;
        if one["sub_type"].as_str().is_none_or(|kind| !is(button, kind)) {
            return Err(mismatch(132012, "buttons: the sub_type is not that of the button"));
        }
    }
    for (index, button) in buttons.iter().enumerate() {
        let given = sent.iter().find(|one| is(one, "button") && one["index"] == index.to_string().as_str());
        let given = given.map_or(&Value::Null, |one| &one["parameters"][0]);
        let complete = match button["type"].as_str().unwrap_or_default().to_uppercase().as_str() {
            "URL" if button["url"].as_str().is_some_and(|url| url.contains("{{")) => {
                given["text"].is_string()
            }
            "COPY_CODE" => {
                given["coupon_code"].as_str().is_some_and(|code| (1..=15).contains(&code.chars().count()))
            }
            _ => true,
        };
        if !complete {
            let kind = button["type"].as_str().unwrap_or_default();
            return Err(mismatch(
                131008,
                format!("buttons: Button at index {index} of type {kind} requires a parameter"),
            ));
        }
    }
    Ok(())
}

/// The component of a type, compared without regard to case; null if there is none.
fn component<'a>(components: &'a Value, kind: &str) -> &'a Value {
    components.as_array().map_or(&Value::Null, |all| find(all, kind))
}

pub(super) fn find<'a>(all: &'a [Value], kind: &str) -> &'a Value {
    all.iter().find(|one| is(one, kind)).unwrap_or(&Value::Null)
}

fn is(one: &Value, kind: &str) -> bool {
    one["type"].as_str().is_some_and(|t| t.eq_ignore_ascii_case(kind))
}

pub(super) fn parameters<'a>(sent: &'a [Value], kind: &str) -> &'a [Value] {
    find(sent, kind)["parameters"].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn mismatch(code: i64, details: impl Into<String>) -> Mismatch {
    Mismatch { code, details: details.into() }
}

fn count(part: &str, wanted: usize, given: usize) -> Mismatch {
    let details = format!(
        "{part}: number of localizable_params ({given}) does not match the expected number of params ({wanted})"
    );
    mismatch(132000, details)
}

/// The names of the variables of a text, each once, in order of appearance.
fn variables(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for part in text.split("{{").skip(1) {
        let name = part.split_once("}}").map(|(name, _)| name.trim());
        names.extend(name.filter(|name| !names.contains(name)));
    }
    names
}

/// The text with its variables replaced: by name where the parameters have names, else by position.
pub(super) fn texts(part: &str, text: &str, given: &[Value]) -> Result<String, Mismatch> {
    let mut names = variables(text);
    names.sort_by_key(|name| name.parse().unwrap_or(u32::MAX));
    if names.len() != given.len() {
        return Err(count(part, names.len(), given.len()));
    }
    let mut filled = text.to_owned();
    for (position, name) in names.iter().enumerate() {
        let numbered = name.parse::<u32>().is_ok();
        let named = given.iter().find(|parameter| parameter["parameter_name"] == *name);
        let positional =
            given.get(position).filter(|parameter| numbered && parameter.get("parameter_name").is_none());
        let parameter = named.or(positional);
        let parameter = parameter.ok_or_else(|| {
            mismatch(132012, format!("{part}: there is no parameter for the variable {name}"))
        })?;
        let value = ["/text", "/currency/fallback_value", "/date_time/fallback_value"]
            .iter()
            .find_map(|path| parameter.pointer(path)?.as_str())
            .filter(|value| !value.is_empty());
        let value = value.ok_or_else(|| {
            mismatch(132012, format!("{part}: the parameter for the variable {name} has no text"))
        })?;
        if value.contains(['\n', '\t']) || value.contains("    ") {
            let details = "Param text cannot have new-line/tab characters or more than 4 consecutive spaces";
            return Err(mismatch(132012, details));
        }
        filled = filled.replace(&format!("{{{{{name}}}}}"), value);
    }
    Ok(filled)
}
