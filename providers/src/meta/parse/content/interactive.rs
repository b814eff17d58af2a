//! Messages with something to press, as the business sent them from elsewhere. What has another shape than expected is
//! kept whole by the caller.

use super::super::{Raw, flex};
use super::file;
use crate::content::{
    Content, CtaUrl, Header, List, ListRow, ListSection, LocationRequest, ReplyButton, ReplyButtons,
};
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(default, borrow)]
    header: Option<HeaderWire<'a>>,
    body: TextWire,
    #[serde(default)]
    footer: Option<TextWire>,
    #[serde(borrow)]
    action: &'a RawValue,
}

#[derive(Deserialize)]
struct TextWire {
    text: String,
}

#[derive(Deserialize)]
struct HeaderWire<'a> {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    text: Option<String>,
    #[serde(default, borrow)]
    image: Raw<'a>,
    #[serde(default, borrow)]
    video: Raw<'a>,
    #[serde(default, borrow)]
    document: Raw<'a>,
}

#[derive(Deserialize)]
struct ButtonsWire {
    buttons: Vec<ButtonWire>,
}

#[derive(Deserialize)]
struct ButtonWire {
    reply: ReplyWire,
}

#[derive(Deserialize)]
struct ReplyWire {
    id: String,
    title: String,
}

#[derive(Deserialize)]
struct ListWire {
    button: String,
    sections: Vec<SectionWire>,
}

#[derive(Deserialize)]
struct SectionWire {
    #[serde(default, deserialize_with = "flex::id")]
    title: Option<String>,
    rows: Vec<RowWire>,
}

#[derive(Deserialize)]
struct RowWire {
    id: String,
    title: String,
    #[serde(default, deserialize_with = "flex::id")]
    description: Option<String>,
}

#[derive(Deserialize)]
struct CtaWire {
    parameters: CtaParameters,
}

#[derive(Deserialize)]
struct CtaParameters {
    display_text: String,
    url: String,
}

/// The content, if its kind is one of ours and it has the shape of it.
pub(super) fn sent(kind: &str, raw: &RawValue) -> Option<Content> {
    let wire: Wire<'_> = serde_json::from_str(raw.get()).ok()?;
    let action = wire.action.get();
    let header = match wire.header {
        Some(header) => Some(self::header(header)?),
        None => None,
    };
    let (body, footer) = (wire.body.text, wire.footer.map(|footer| footer.text));
    Some(match kind {
        "button" => {
            let action: ButtonsWire = serde_json::from_str(action).ok()?;
            let button = |button: ButtonWire| ReplyButton { id: button.reply.id, title: button.reply.title };
            let buttons = action.buttons.into_iter().map(button).collect();
            Content::ReplyButtons(ReplyButtons { header, body, footer, buttons })
        }
        "list" => {
            let ListWire { button, sections } = serde_json::from_str(action).ok()?;
            let sections = sections.into_iter().map(section).collect();
            Content::List(List { header, body, footer, button, sections })
        }
        "cta_url" => {
            let CtaWire { parameters } = serde_json::from_str(action).ok()?;
            let CtaParameters { display_text, url } = parameters;
            Content::CtaUrl(CtaUrl { header, body, footer, display_text, url })
        }
        "location_request_message" if header.is_none() && footer.is_none() => {
            Content::LocationRequest(LocationRequest { body })
        }
        _ => return None,
    })
}

fn section(section: SectionWire) -> ListSection {
    let row = |RowWire { id, title, description }| ListRow { id, title, description };
    ListSection { title: section.title, rows: section.rows.into_iter().map(row).collect() }
}

fn header(wire: HeaderWire<'_>) -> Option<Header> {
    Some(match wire.kind.as_str() {
        "text" => Header::Text { text: wire.text? },
        "image" => Header::Image(file(wire.image).ok()??),
        "video" => Header::Video(file(wire.video).ok()??),
        "document" => Header::Document(file(wire.document).ok()??),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meta::outbound;
    use crate::meta::{OutboundMessage, Recipient};
    use serde_json::json;

    fn read(object: &serde_json::Value) -> Option<Content> {
        let raw: Box<RawValue> = serde_json::from_str(&object.to_string()).unwrap();
        sent(object["type"].as_str().unwrap(), &raw)
    }

    #[test]
    fn what_comes_back_goes_out_as_it_was() {
        let header = json!({ "type": "image", "image": { "link": "https://example.com/a.png" } });
        let (body, footer) = (json!({ "text": "Which?" }), json!({ "text": "small" }));
        let button = json!({ "type": "reply", "reply": { "id": "a", "title": "A" } });
        let row = json!({ "id": "1", "title": "One", "description": "first" });
        let objects = [
            json!({ "type": "button", "header": header, "body": body, "action": { "buttons": [button] } }),
            json!({ "type": "list", "header": { "type": "text", "text": "Menu" }, "body": body, "footer": footer,
                "action": { "button": "Choose", "sections": [{ "title": "All", "rows": [row] }, { "rows": [] }] } }),
            json!({ "type": "cta_url", "body": body, "footer": footer, "action": { "name": "cta_url",
                "parameters": { "display_text": "Open", "url": "https://example.com" } } }),
            json!({ "type": "location_request_message", "body": body, "action": { "name": "send_location" } }),
        ];
        for object in objects {
            let content = read(&object).unwrap_or_else(|| panic!("not read: {object}"));
            let stored = serde_json::to_string(&content).unwrap();
            assert_eq!(serde_json::from_str::<Content>(&stored).unwrap(), content);
            let again = OutboundMessage {
                to: Recipient { wa_id: Some("34600000001".to_owned()), user_id: None },
                content,
                reply_to_wamid: None,
                biz_opaque_callback_data: String::new(),
            };
            assert_eq!(outbound::message(&again).unwrap()["interactive"], object);
        }
    }

    #[test]
    fn another_shape_is_left_to_the_caller() {
        let (body, action) = (json!({ "text": "?" }), json!({ "buttons": [{ "reply": { "id": "a" } }] }));
        let cases = [
            json!({ "type": "button", "body": body, "action": action }),
            json!({ "type": "button", "action": { "buttons": [] } }),
            json!({ "type": "flow", "body": body, "action": { "name": "flow" } }),
            json!({ "type": "list", "header": { "type": "gif" }, "body": body,
                "action": { "button": "b", "sections": [] } }),
            json!({ "type": "location_request_message", "body": body, "footer": { "text": "f" },
                "action": { "name": "send_location" } }),
        ];
        for object in cases {
            assert_eq!(read(&object), None, "{object}");
        }
    }
}
