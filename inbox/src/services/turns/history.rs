//! What was said in a conversation, as a model reads it.

use entities::{Direction, Origin, message};
use models::Turn;
use providers::content::{Content, File};

/// The turns of these messages, oldest first. What the customer wrote is only ever in turns of the user; several messages in
/// a row are one turn.
pub(super) fn turns(messages: &[message::Model]) -> Vec<Turn> {
    let mut turns: Vec<Turn> = Vec::new();
    for message in messages {
        let Ok(content) = serde_json::from_str::<Content>(&message.content) else { continue };
        let note = note(&content);
        if message.direction == Direction::Inbound {
            match turns.last_mut() {
                Some(Turn::User(text)) => {
                    text.push('\n');
                    text.push_str(&note);
                }
                _ => turns.push(Turn::User(note)),
            }
            continue;
        }
        let note = match message.origin {
            Origin::Assistant => note,
            Origin::System => continue,
            _ => format!("[a colleague wrote] {note}"),
        };
        match turns.last_mut() {
            Some(Turn::Assistant { text: Some(text), .. }) => {
                text.push('\n');
                text.push_str(&note);
            }
            _ => turns.push(Turn::Assistant { text: Some(note), calls: Vec::new() }),
        }
    }
    // Models want the customer to begin.
    let first = turns.iter().position(|turn| matches!(turn, Turn::User(_))).unwrap_or(turns.len());
    turns.split_off(first)
}

/// A content in words.
pub(super) fn note(content: &Content) -> String {
    let file = |what: &str, file: &File| match (&file.caption, &file.file_name) {
        (Some(caption), _) => format!("[{what}] {caption}"),
        (None, Some(name)) => format!("[{what}: {name}]"),
        (None, None) => format!("[{what}]"),
    };
    match content {
        Content::Text(text) => text.body.clone(),
        Content::Image(image) => file("picture", image),
        Content::Video(video) => file("film", video),
        Content::Audio(audio) if audio.voice => "[voice message, no transcript]".to_owned(),
        Content::Audio(audio) => file("sound", audio),
        Content::Document(document) => file("document", document),
        Content::Sticker(_) => "[sticker]".to_owned(),
        Content::Location(place) => {
            let name = place.name.as_deref().or(place.address.as_deref()).unwrap_or_default();
            format!("[place: {name} {}, {}]", place.latitude, place.longitude)
        }
        Content::Contacts(_) => "[contact card]".to_owned(),
        Content::ButtonReply(reply) | Content::ListReply(reply) => {
            format!("{} [chosen, id {}]", reply.title, reply.id)
        }
        Content::TemplateButtonReply(reply) => reply.text.clone(),
        Content::FlowReply(reply) => format!("[form] {}", reply.response_json),
        Content::Order(order) => {
            let items =
                order.items.iter().map(|item| format!("{} × {}", item.quantity, item.product_retailer_id));
            let text = order.text.as_deref().unwrap_or_default();
            format!("[order: {}] {text}", items.collect::<Vec<_>>().join(", "))
        }
        Content::ReplyButtons(buttons) => {
            let titles = buttons.buttons.iter().map(|button| button.title.as_str());
            format!("{} [buttons: {}]", buttons.body, titles.collect::<Vec<_>>().join(", "))
        }
        Content::List(list) => {
            let rows = list.sections.iter().flat_map(|section| &section.rows).map(|row| row.title.as_str());
            format!("{} [list: {}]", list.body, rows.collect::<Vec<_>>().join(", "))
        }
        Content::CtaUrl(link) => format!("{} [{}: {}]", link.body, link.display_text, link.url),
        Content::LocationRequest(request) => format!("{} [asked for the place]", request.body),
        Content::Template(template) => format!("[template {}]", template.name),
        Content::System(_) | Content::CallPermissionReply(_) => "[note of WhatsApp]".to_owned(),
        Content::Interactive(_) | Content::MediaPlaceholder | Content::Unsupported(_) => {
            "[a message that cannot be shown]".to_owned()
        }
    }
}
