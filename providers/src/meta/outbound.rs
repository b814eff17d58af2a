//! The JSON of Meta's send call, kind by kind.

mod interactive;
#[cfg(test)]
mod openapi;
mod template;

use super::client::{OutboundMessage, Recipient};
use crate::content::{CardAddress, CardEntry, CardPhone, ContactCard, Content, File, Location};
use crate::phone::to_e164;
use serde_json::{Map, Value, json};

/// Why a message cannot be put into Meta's words; nothing was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unsendable {
    #[error("the recipient has neither a phone number nor a business-scoped user id; give one of them")]
    NoRecipient,
    #[error("the file has neither a media id nor a link; upload it first or give a public link")]
    NoFile,
    #[error("messages of the kind {0} come from customers only; send another kind")]
    InboundOnly(&'static str),
}

/// The whole body of `POST /{phone_number_id}/messages`.
pub(crate) fn message(message: &OutboundMessage) -> Result<Value, Unsendable> {
    let (kind, content) = content(&message.content)?;
    let mut body = envelope(&message.to, &message.biz_opaque_callback_data)?;
    if let Some(wamid) = &message.reply_to_wamid {
        body.insert("context".to_owned(), json!({ "message_id": wamid }));
    }
    Ok(with_kind(body, kind, content))
}

/// A reaction, or taking it back when `emoji` is `None`. Meta takes no `context` beside it.
pub(crate) fn reaction(
    to: &Recipient,
    target_wamid: &str,
    emoji: Option<&str>,
    callback_data: &str,
) -> Result<Value, Unsendable> {
    let reaction = json!({ "message_id": target_wamid, "emoji": emoji.unwrap_or_default() });
    Ok(with_kind(envelope(to, callback_data)?, "reaction", reaction))
}

/// Marks a message, and those before it, as read; with the typing indicator for up to 25 s where asked for.
pub(crate) fn read(wamid: &str, typing: bool) -> Value {
    let mut body = json!({ "messaging_product": "whatsapp", "status": "read", "message_id": wamid });
    if typing {
        body["typing_indicator"] = json!({ "type": "text" });
    }
    body
}

fn envelope(to: &Recipient, callback_data: &str) -> Result<Map<String, Value>, Unsendable> {
    let mut body = Map::new();
    body.insert("messaging_product".to_owned(), "whatsapp".into());
    body.insert("recipient_type".to_owned(), "individual".into());
    let phone = to.wa_id.as_deref().filter(|id| id.bytes().any(|b| b.is_ascii_digit())).map(to_e164);
    if phone.is_none() && to.user_id.is_none() {
        return Err(Unsendable::NoRecipient);
    }
    put(&mut body, "to", phone.as_deref());
    put(&mut body, "recipient", to.user_id.as_deref());
    put(&mut body, "biz_opaque_callback_data", Some(callback_data).filter(|data| !data.is_empty()));
    Ok(body)
}

fn with_kind(mut body: Map<String, Value>, kind: &str, content: Value) -> Value {
    body.insert("type".to_owned(), kind.into());
    body.insert(kind.to_owned(), content);
    Value::Object(body)
}

/// Meta's name of the kind and its object.
fn content(content: &Content) -> Result<(&'static str, Value), Unsendable> {
    Ok(match content {
        Content::Text(text) => ("text", json!({ "body": text.body, "preview_url": text.preview_url })),
        Content::Image(file) => ("image", media(file, Extras::Caption)?),
        Content::Video(file) => ("video", media(file, Extras::Caption)?),
        Content::Audio(file) => ("audio", media(file, Extras::Voice)?),
        Content::Document(file) => ("document", media(file, Extras::CaptionAndName)?),
        Content::Sticker(file) => ("sticker", media(file, Extras::None)?),
        Content::Location(place) => ("location", location(place)),
        Content::Contacts(contacts) => ("contacts", contacts.cards.iter().map(card).collect()),
        Content::Template(sent) => ("template", template::object(sent)?),
        Content::ReplyButtons(buttons) => ("interactive", interactive::reply_buttons(buttons)?),
        Content::List(list) => ("interactive", interactive::list(list)?),
        Content::CtaUrl(cta) => ("interactive", interactive::cta_url(cta)?),
        Content::LocationRequest(request) => ("interactive", interactive::location_request(request)),
        Content::Interactive(interactive) => ("interactive", interactive.object.clone()),
        Content::ButtonReply(_)
        | Content::ListReply(_)
        | Content::TemplateButtonReply(_)
        | Content::FlowReply(_)
        | Content::CallPermissionReply(_)
        | Content::Order(_)
        | Content::System(_)
        | Content::MediaPlaceholder
        | Content::Unsupported(_) => return Err(Unsendable::InboundOnly(content.kind())),
    })
}

/// What a kind of file may carry besides the file. Meta refuses the rest.
#[derive(PartialEq)]
enum Extras {
    None,
    Voice,
    Name,
    Caption,
    CaptionAndName,
}

fn media(file: &File, extras: Extras) -> Result<Value, Unsendable> {
    let mut object = Map::new();
    match (&file.provider_id, &file.link) {
        (Some(id), _) => put(&mut object, "id", Some(id)),
        (None, Some(link)) => put(&mut object, "link", Some(link)),
        (None, None) => return Err(Unsendable::NoFile),
    }
    if matches!(extras, Extras::Caption | Extras::CaptionAndName) {
        put(&mut object, "caption", file.caption.as_deref());
    }
    if matches!(extras, Extras::Name | Extras::CaptionAndName) {
        put(&mut object, "filename", file.file_name.as_deref());
    }
    if extras == Extras::Voice && file.voice {
        object.insert("voice".to_owned(), true.into());
    }
    Ok(Value::Object(object))
}

fn location(place: &Location) -> Value {
    let mut object = Map::new();
    object.insert("latitude".to_owned(), place.latitude.into());
    object.insert("longitude".to_owned(), place.longitude.into());
    put(&mut object, "name", place.name.as_deref());
    put(&mut object, "address", place.address.as_deref());
    Value::Object(object)
}

fn card(card: &ContactCard) -> Value {
    let mut object = Map::new();
    object.insert("name".to_owned(), name(card));
    put_list(&mut object, "phones", card.phones.iter().map(phone).collect());
    put_list(&mut object, "emails", card.emails.iter().map(|entry| labelled("email", entry)).collect());
    put_list(&mut object, "urls", card.urls.iter().map(|entry| labelled("url", entry)).collect());
    put_list(&mut object, "addresses", card.addresses.iter().map(address).collect());
    let mut org = Map::new();
    put(&mut org, "company", card.company.as_deref());
    put(&mut org, "department", card.department.as_deref());
    put(&mut org, "title", card.job_title.as_deref());
    if !org.is_empty() {
        object.insert("org".to_owned(), Value::Object(org));
    }
    put(&mut object, "birthday", card.birthday.as_deref());
    Value::Object(object)
}

fn name(card: &ContactCard) -> Value {
    object(&[
        ("formatted_name", card.formatted_name.as_deref()),
        ("first_name", card.first_name.as_deref()),
        ("last_name", card.last_name.as_deref()),
        ("middle_name", card.middle_name.as_deref()),
        ("prefix", card.prefix.as_deref()),
        ("suffix", card.suffix.as_deref()),
    ])
}

fn phone(phone: &CardPhone) -> Value {
    object(&[
        ("phone", phone.phone.as_deref()),
        ("wa_id", phone.wa_id.as_deref()),
        ("type", phone.label.as_deref()),
    ])
}

fn labelled(key: &str, entry: &CardEntry) -> Value {
    object(&[(key, Some(&entry.value)), ("type", entry.label.as_deref())])
}

fn address(address: &CardAddress) -> Value {
    object(&[
        ("street", address.street.as_deref()),
        ("city", address.city.as_deref()),
        ("state", address.state.as_deref()),
        ("zip", address.zip.as_deref()),
        ("country", address.country.as_deref()),
        ("country_code", address.country_code.as_deref()),
        ("type", address.label.as_deref()),
    ])
}

fn object(entries: &[(&str, Option<&str>)]) -> Value {
    let mut object = Map::new();
    for (key, value) in entries {
        put(&mut object, key, *value);
    }
    Value::Object(object)
}

/// Leaves absent values out: Meta refuses nulls.
fn put(object: &mut Map<String, Value>, key: &str, value: Option<&str>) {
    if let Some(value) = value {
        object.insert(key.to_owned(), value.into());
    }
}

fn put_list(object: &mut Map<String, Value>, key: &str, list: Vec<Value>) {
    if !list.is_empty() {
        object.insert(key.to_owned(), list.into());
    }
}

/// Whom to block, or to let through again; none without an id that Meta takes here.
pub(super) fn block(whom: &Recipient) -> Option<Value> {
    let user = match (&whom.wa_id, &whom.user_id) {
        (Some(phone), _) => json!({ "user": to_e164(phone) }),
        (None, Some(id)) => json!({ "user_id": id }),
        (None, None) => return None,
    };
    Some(json!({ "messaging_product": "whatsapp", "block_users": [user] }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::{Contacts, Interactive, Reply, Text};

    fn to(wa_id: Option<&str>, user_id: Option<&str>) -> Recipient {
        Recipient { wa_id: wa_id.map(str::to_owned), user_id: user_id.map(str::to_owned) }
    }

    fn built(content: Content) -> Result<Value, Unsendable> {
        message(&OutboundMessage {
            to: to(Some("16505551234"), None),
            content,
            reply_to_wamid: None,
            biz_opaque_callback_data: String::new(),
        })
    }

    fn file() -> File {
        File {
            provider_id: Some("2762702990552401".to_owned()),
            caption: Some("Hi".to_owned()),
            file_name: Some("a.pdf".to_owned()),
            voice: true,
            ..File::default()
        }
    }

    #[test]
    fn text_with_everything() {
        let sent = message(&OutboundMessage {
            to: to(Some("16505551234"), Some("US.1349")),
            content: Content::Text(Text { body: "¡Hola! \"👋\"\n".to_owned(), preview_url: true }),
            reply_to_wamid: Some("wamid.A==".to_owned()),
            biz_opaque_callback_data: "msg_1".to_owned(),
        });
        let expected = json!({
            "messaging_product": "whatsapp", "recipient_type": "individual", "to": "+16505551234", "recipient": "US.1349",
            "biz_opaque_callback_data": "msg_1", "context": { "message_id": "wamid.A==" },
            "type": "text", "text": { "body": "¡Hola! \"👋\"\n", "preview_url": true }
        });
        assert_eq!(sent, Ok(expected));
    }

    #[test]
    fn recipients() {
        let cases = [
            (to(Some("+1 650 555 1234"), None), Ok((Some("+16505551234"), None))),
            (to(None, Some("US.1349")), Ok((None, Some("US.1349")))),
            (to(Some(""), Some("US.1349")), Ok((None, Some("US.1349")))),
            (to(None, None), Err(Unsendable::NoRecipient)),
            (to(Some(""), None), Err(Unsendable::NoRecipient)),
        ];
        for (to, expected) in cases {
            let body = envelope(&to, "");
            let seen = body.as_ref().map(|b| (b.get("to"), b.get("recipient"))).map_err(|e| *e);
            let seen = seen.map(|(a, b)| (a.and_then(Value::as_str), b.and_then(Value::as_str)));
            assert_eq!(seen, expected, "{to:?}");
        }
    }

    #[test]
    fn files_carry_only_what_their_kind_takes() {
        let id = "2762702990552401";
        let cases = [
            (Content::Image(file()), "image", json!({ "id": id, "caption": "Hi" })),
            (Content::Video(file()), "video", json!({ "id": id, "caption": "Hi" })),
            (Content::Audio(file()), "audio", json!({ "id": id, "voice": true })),
            (
                Content::Document(file()),
                "document",
                json!({ "id": id, "caption": "Hi", "filename": "a.pdf" }),
            ),
            (Content::Sticker(file()), "sticker", json!({ "id": id })),
        ];
        for (content, kind, object) in cases {
            let body = built(content).unwrap();
            assert_eq!((&body["type"], &body[kind]), (&json!(kind), &object));
        }
        let link = File { link: Some("https://example.com/a.png".to_owned()), ..File::default() };
        assert_eq!(
            built(Content::Image(link)).unwrap()["image"],
            json!({ "link": "https://example.com/a.png" })
        );
        assert_eq!(built(Content::Image(File::default())), Err(Unsendable::NoFile));
    }

    #[test]
    fn the_other_kinds() {
        let place = Location {
            latitude: 41.38,
            longitude: 2.17,
            name: Some("Port".to_owned()),
            ..Location::default()
        };
        let components = json!([{ "type": "body", "parameters": [{ "type": "text", "text": "A" }] },
            { "type": "button", "sub_type": "url", "index": "1", "parameters": [{ "type": "text", "text": "x" }] },
            { "type": "header", "parameters": [{ "type": "document", "document": { "id": "7", "filename": "a.pdf" } }] }]);
        let template = |components: Value| {
            let sent =
                json!({ "kind": "TEMPLATE", "name": "hi", "language": "en_US", "components": components });
            serde_json::from_value::<Content>(sent).unwrap()
        };
        let object = json!({ "type": "location_request_message", "body": { "text": "Where?" } });
        let interactive = Interactive { object: object.clone(), ..Interactive::default() };
        let bare = json!({ "name": "hi", "language": { "code": "en_US" } });
        let filled = json!({ "name": "hi", "language": { "code": "en_US" }, "components": components });
        let cases = [
            (
                Content::Location(place),
                "location",
                json!({ "latitude": 41.38, "longitude": 2.17, "name": "Port" }),
            ),
            (template(Value::Null), "template", bare.clone()),
            (template(json!([])), "template", bare),
            (template(components), "template", filled),
            (Content::Interactive(interactive), "interactive", object),
        ];
        for (content, kind, object) in cases {
            let body = built(content).unwrap();
            assert_eq!((&body["type"], &body[kind]), (&json!(kind), &object));
        }
    }

    #[test]
    fn contact_cards() {
        let text = |s: &str| Some(s.to_owned());
        let card = ContactCard {
            formatted_name: text("Ana Sol"),
            first_name: text("Ana"),
            phones: vec![CardPhone { phone: text("+34 600"), label: text("CELL"), ..CardPhone::default() }],
            emails: vec![CardEntry { value: "a@example.com".to_owned(), label: text("WORK") }],
            company: text("Sol SL"),
            origin: text("other"),
            vcard: text("BEGIN:VCARD"),
            ..ContactCard::default()
        };
        let expected = json!([{
            "name": { "formatted_name": "Ana Sol", "first_name": "Ana" },
            "phones": [{ "phone": "+34 600", "type": "CELL" }],
            "emails": [{ "email": "a@example.com", "type": "WORK" }],
            "org": { "company": "Sol SL" }
        }]);
        assert_eq!(built(Content::Contacts(Contacts { cards: vec![card] })).unwrap()["contacts"], expected);
    }

    #[test]
    fn kinds_of_customers_are_refused() {
        let reply = Content::ButtonReply(Reply::default());
        assert_eq!(built(reply), Err(Unsendable::InboundOnly("BUTTON_REPLY")));
        assert_eq!(built(Content::MediaPlaceholder), Err(Unsendable::InboundOnly("MEDIA_PLACEHOLDER")));
    }

    #[test]
    fn reactions_and_receipts() {
        let to = to(Some("16505551234"), None);
        let taken_back = reaction(&to, "wamid.A", None, "msg_2").unwrap();
        assert_eq!(taken_back["reaction"], json!({ "message_id": "wamid.A", "emoji": "" }));
        assert_eq!(reaction(&to, "wamid.A", Some("👍"), "").unwrap()["reaction"]["emoji"], "👍");
        let receipt = json!({ "messaging_product": "whatsapp", "status": "read", "message_id": "wamid.A" });
        assert_eq!(read("wamid.A", false), receipt);
        assert_eq!(read("wamid.A", true)["typing_indicator"], json!({ "type": "text" }));
    }
}
