//! Messages with something to press, as Meta's send call takes them.

use super::{Extras, Unsendable, media, object, put};
use crate::content::{
    CtaUrl, Header, List, ListRow, ListSection, LocationRequest, ReplyButton, ReplyButtons,
};
use serde_json::{Map, Value, json};

pub(super) fn reply_buttons(message: &ReplyButtons) -> Result<Value, Unsendable> {
    let ReplyButtons { header, body, footer, buttons } = message;
    let button = |ReplyButton { id, title }: &ReplyButton| json!({ "type": "reply", "reply": { "id": id, "title": title } });
    let buttons: Vec<_> = buttons.iter().map(button).collect();
    whole("button", header.as_ref(), body, footer.as_deref(), json!({ "buttons": buttons }))
}

pub(super) fn list(message: &List) -> Result<Value, Unsendable> {
    let List { header, body, footer, button, sections } = message;
    let sections: Vec<_> = sections.iter().map(section).collect();
    let action = json!({ "button": button, "sections": sections });
    whole("list", header.as_ref(), body, footer.as_deref(), action)
}

pub(super) fn cta_url(message: &CtaUrl) -> Result<Value, Unsendable> {
    let CtaUrl { header, body, footer, display_text, url } = message;
    let parameters = json!({ "display_text": display_text, "url": url });
    let action = json!({ "name": "cta_url", "parameters": parameters });
    whole("cta_url", header.as_ref(), body, footer.as_deref(), action)
}

pub(super) fn location_request(message: &LocationRequest) -> Value {
    json!({
        "type": "location_request_message",
        "body": { "text": message.body },
        "action": { "name": "send_location" }
    })
}

fn section(section: &ListSection) -> Value {
    let mut object = Map::new();
    put(&mut object, "title", section.title.as_deref());
    object.insert("rows".to_owned(), section.rows.iter().map(row).collect());
    Value::Object(object)
}

fn row(row: &ListRow) -> Value {
    object(&[("id", Some(&row.id)), ("title", Some(&row.title)), ("description", row.description.as_deref())])
}

fn whole(
    kind: &str,
    header: Option<&Header>,
    body: &str,
    footer: Option<&str>,
    action: Value,
) -> Result<Value, Unsendable> {
    let mut object = Map::new();
    object.insert("type".to_owned(), kind.into());
    if let Some(header) = header {
        object.insert("header".to_owned(), self::header(header)?);
    }
    object.insert("body".to_owned(), json!({ "text": body }));
    if let Some(footer) = footer {
        object.insert("footer".to_owned(), json!({ "text": footer }));
    }
    object.insert("action".to_owned(), action);
    Ok(Value::Object(object))
}

fn header(header: &Header) -> Result<Value, Unsendable> {
    Ok(match header {
        Header::Text { text } => json!({ "type": "text", "text": text }),
        Header::Image(file) => json!({ "type": "image", "image": media(file, Extras::None)? }),
        Header::Video(file) => json!({ "type": "video", "video": media(file, Extras::None)? }),
        Header::Document(file) => json!({ "type": "document", "document": media(file, Extras::Name)? }),
    })
}
