//! A sent template as the customer's phone shows it.

use super::fill::{find, parameters, texts};
use serde_json::{Value, json};

/// The components of the template, with the values of the send in them: texts filled in, `sent` beside the format of a
/// header (the file or the place), `payload` and `code` on buttons. The values were checked before.
pub(super) fn show(components: &Value, send: &Value) -> Value {
    let sent = send.as_array().map(Vec::as_slice).unwrap_or_default();
    components.as_array().into_iter().flatten().map(|component| one(component, sent)).collect()
}

fn one(component: &Value, sent: &[Value]) -> Value {
    let kind = component["type"].as_str().unwrap_or_default().to_uppercase();
    let mut shown = component.clone();
    if let Some(shown) = shown.as_object_mut() {
        shown.remove("example");
        shown.insert("type".to_owned(), json!(kind));
    }
    match kind.as_str() {
        "HEADER" | "BODY" => {
            let part = kind.to_lowercase();
            let given = parameters(sent, &part);
            if let Some(text) = component["text"].as_str() {
                shown["text"] = json!(texts(&part, text, given).unwrap_or_else(|_| text.to_owned()));
            } else if let Some(format) = component["format"].as_str().map(str::to_lowercase) {
                shown["sent"] = given.first().map_or(Value::Null, |value| value[&format].clone());
            }
        }
        "BUTTONS" => {
            for (index, button) in shown["buttons"].as_array_mut().into_iter().flatten().enumerate() {
                fill(button, value_of(sent, index));
            }
        }
        "LIMITED_TIME_OFFER" => {
            let end = parameters(sent, "limited_time_offer").first();
            shown["sent"] = end.map_or(Value::Null, |end| end["limited_time_offer"].clone());
        }
        "CAROUSEL" => {
            let given = &find(sent, "carousel")["cards"];
            for (index, card) in (0_u64..).zip(shown["cards"].as_array_mut().into_iter().flatten()) {
                let values = given.as_array().into_iter().flatten().find(|one| one["card_index"] == index);
                card["components"] = show(&card["components"], &values.unwrap_or(&Value::Null)["components"]);
            }
        }
        _ => {}
    }
    shown
}

/// The value of the button at an index.
fn value_of(sent: &[Value], index: usize) -> &Value {
    let of_button =
        |one: &&Value| one["type"].as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("button"));
    let at_index = |one: &&Value| {
        let given = &one["index"];
        given.as_str().map_or(given.as_u64(), |text| text.parse().ok()) == Some(index as u64)
    };
    sent.iter().filter(of_button).find(at_index).map_or(&Value::Null, |one| &one["parameters"][0])
}

fn fill(button: &mut Value, value: &Value) {
    let url = button["url"].as_str().zip(value["text"].as_str());
    let url = url.and_then(|(url, text)| Some(format!("{}{text}", url.split_once("{{")?.0)));
    if let Some(url) = url {
        button["url"] = json!(url);
    }
    for (from, to) in [("payload", "payload"), ("coupon_code", "code")] {
        if value[from].is_string() {
            button[to] = value[from].clone();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_where_the_customer_sees_them() {
        let template = json!([
            { "type": "HEADER", "format": "IMAGE", "example": { "header_handle": ["x"] } },
            { "type": "BODY", "text": "Hola {{1}}" },
            { "type": "FOOTER", "text": "Sol" },
            { "type": "BUTTONS", "buttons": [
                { "type": "URL", "text": "Ver", "url": "https://sol.example/p/{{1}}" },
                { "type": "QUICK_REPLY", "text": "Sí" },
                { "type": "QUICK_REPLY", "text": "No" },
                { "type": "COPY_CODE", "text": "Copy" } ] },
        ]);
        let send = json!([
            { "type": "header", "parameters": [{ "type": "image", "image": { "id": "7" } }] },
            { "type": "body", "parameters": [{ "type": "text", "text": "Ana" }] },
            { "type": "button", "sub_type": "url", "index": "0", "parameters": [{ "type": "text", "text": "86" }] },
            { "type": "button", "sub_type": "quick_reply", "index": 1, "parameters": [{ "type": "payload", "payload": "yes" }] },
            { "type": "button", "sub_type": "copy_code", "index": "3", "parameters": [{ "type": "coupon_code", "coupon_code": "SOL10" }] },
        ]);
        let expected = json!([
            { "type": "HEADER", "format": "IMAGE", "sent": { "id": "7" } },
            { "type": "BODY", "text": "Hola Ana" },
            { "type": "FOOTER", "text": "Sol" },
            { "type": "BUTTONS", "buttons": [
                { "type": "URL", "text": "Ver", "url": "https://sol.example/p/86" },
                { "type": "QUICK_REPLY", "text": "Sí", "payload": "yes" },
                { "type": "QUICK_REPLY", "text": "No" },
                { "type": "COPY_CODE", "text": "Copy", "code": "SOL10" } ] },
        ]);
        assert_eq!(show(&template, &send), expected);
        let cards =
            json!([{ "type": "carousel", "cards": [{ "components": template }, { "components": [] }] }]);
        let sent = json!([{ "type": "carousel", "cards": [{ "card_index": 1 }, { "card_index": 0, "components": send }] }]);
        assert_eq!(
            show(&cards, &sent),
            json!([{ "type": "CAROUSEL", "cards": [{ "components": expected }, { "components": [] }] }])
        );
        assert_eq!(show(&Value::Null, &Value::Null), json!([]));
    }
}
