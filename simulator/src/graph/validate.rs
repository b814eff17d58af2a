//! What Meta refuses in the content of a message, kind by kind. Lengths are in characters.

use std::collections::HashSet;

use serde_json::Value;

use super::GraphError;
use super::params::Params;
use crate::state::State;

/// Checks the object under the message's type. Templates are checked against the account's own elsewhere.
pub(crate) fn content(body: &Value, kind: &str, state: &State, now: u64) -> Result<(), GraphError> {
    match kind {
        "text" => text(Params::object(body, "text")?),
        "image" | "video" => media(Params::object(body, kind)?, &["id", "link", "caption"], kind, state, now),
        "audio" => media(Params::object(body, kind)?, &["id", "link", "voice"], kind, state, now),
        "sticker" => media(Params::object(body, kind)?, &["id", "link"], kind, state, now),
        "document" => {
            media(Params::object(body, kind)?, &["id", "link", "caption", "filename"], kind, state, now)
        }
        "location" => location(Params::object(body, "location")?),
        "contacts" => contacts(body),
        "reaction" => reaction(Params::object(body, "reaction")?),
        "interactive" => interactive(Params::object(body, "interactive")?),
        "template" => template(Params::object(body, "template")?),
        _ => Err(GraphError::parameter(format!(
            "Param type must be one of {{AUDIO, CONTACTS, DOCUMENT, IMAGE, INTERACTIVE, LOCATION, REACTION, STICKER, \
             TEMPLATE, TEXT, VIDEO}} - got \"{kind}\"."
        ))),
    }
}

fn text(text: Params<'_>) -> Result<(), GraphError> {
    text.only(&["body", "preview_url"])?;
    text.text("body", 4_096).map(|_| ())
}

fn media(media: Params<'_>, keys: &[&str], kind: &str, state: &State, now: u64) -> Result<(), GraphError> {
    media.only(keys)?;
    media.optional_text("caption", 1_024)?;
    media.optional_text("filename", 1_024)?;
    match (media.optional_text("id", 256)?, media.optional_text("link", 2_048)?) {
        (Some(_), Some(_)) => {
            Err(GraphError::parameter(format!("Param {kind} must have one of id and link, not both.")))
        }
        (None, None) => Err(GraphError::missing(format!("Parameter {kind} must have an id or a link."))),
        (Some(id), None) if state.media.get(id, now).is_none() => Err(GraphError::parameter(format!(
            "Param {kind}['id'] is not a valid whatsapp business account media attachment ID"
        ))),
        (None, Some(link)) if !link.starts_with("https://") && !link.starts_with("http://") => {
            Err(GraphError::parameter(format!("Param {kind}['link'] is not a valid URL.")))
        }
        _ => Ok(()),
    }
}

fn location(location: Params<'_>) -> Result<(), GraphError> {
    location.only(&["latitude", "longitude", "name", "address"])?;
    if location.number("latitude")?.abs() > 90.0 || location.number("longitude")?.abs() > 180.0 {
        return Err(GraphError::value("Param location is not a place on Earth."));
    }
    Ok(())
}

/// At most 257 cards, each with a formatted name and one more part of a name.
fn contacts(body: &Value) -> Result<(), GraphError> {
    let cards =
        body.get("contacts").ok_or_else(|| GraphError::missing("Parameter 'contacts' is required."))?;
    let cards = cards.as_array().filter(|cards| (1..=257).contains(&cards.len()));
    for card in
        cards.ok_or_else(|| GraphError::value("Param contacts must be an array of 1 to 257 items."))?
    {
        let name = Params::object(card, "name")?;
        name.text("formatted_name", 1_024)?;
        let parts = ["first_name", "last_name", "middle_name", "prefix", "suffix"];
        if !parts.iter().any(|part| name.get(part).is_some()) {
            return Err(GraphError::missing(
                "Param name must have at least one part besides formatted_name.",
            ));
        }
    }
    Ok(())
}

fn reaction(reaction: Params<'_>) -> Result<(), GraphError> {
    reaction.only(&["message_id", "emoji"])?;
    reaction.text("message_id", 512)?;
    // An empty emoji takes the reaction back. A family with skin tones is eleven characters.
    let emoji = reaction.optional_text("emoji", 16)?;
    emoji.map(|_| ()).ok_or_else(|| GraphError::missing("Parameter reaction['emoji'] is required."))
}

fn template(template: Params<'_>) -> Result<(), GraphError> {
    template.text("name", 512)?;
    let language = template.get("language").ok_or_else(|| GraphError::required("template['language']"))?;
    Params::item(language, "language")?.text("code", 16).map(|_| ())
}

fn interactive(interactive: Params<'_>) -> Result<(), GraphError> {
    let kind = interactive.text("type", 64)?;
    let action = interactive.get("action");
    let action = Params::item(
        action.ok_or_else(|| GraphError::missing("Parameter 'action' is required."))?,
        "action",
    )?;
    interactive_texts(interactive, kind)?;
    match kind {
        "button" => buttons(action),
        "list" => list(action),
        "cta_url" => cta_url(action),
        "location_request_message" => named(action, "send_location"),
        "request_contact_info" => named(action, "request_contact_info"),
        "flow"
        | "catalog_message"
        | "call_permission_request"
        | "voice_call"
        | "order_details"
        | "order_status" => action.text("name", 64).map(|_| ()),
        "product" => action.text("product_retailer_id", 256).map(|_| ()),
        "product_list" => action.list("sections", 1, 10).map(|_| ()),
        "carousel" => action.list("cards", 2, 10).map(|_| ()),
        _ => Err(GraphError::value(format!("Param interactive['type'] has an unknown value \"{kind}\"."))),
    }
}

/// Header, body and footer. A product needs no body.
fn interactive_texts(interactive: Params<'_>, kind: &str) -> Result<(), GraphError> {
    if let Some(header) = interactive.get("header") {
        let header = Params::item(header, "header")?;
        match header.text("type", 16)? {
            "text" => _ = header.text("text", 60)?,
            "image" | "video" | "document" if kind != "list" => {}
            other => {
                return Err(GraphError::value(format!("Param header['type'] cannot be \"{other}\" here.")));
            }
        }
    }
    if let Some(footer) = interactive.get("footer") {
        Params::item(footer, "footer")?.text("text", 60)?;
    }
    match interactive.get("body") {
        Some(body) => {
            Params::item(body, "body")?.text("text", if kind == "list" { 4_096 } else { 1_024 }).map(|_| ())
        }
        None if kind == "product" => Ok(()),
        None => Err(GraphError::missing("Parameter interactive['body'] is required.")),
    }
}

fn buttons(action: Params<'_>) -> Result<(), GraphError> {
    let (mut ids, mut titles) = (HashSet::new(), HashSet::new());
    for button in action.list("buttons", 1, 3)? {
        if button["type"] != "reply" {
            return Err(GraphError::value("Param button['type'] must be \"reply\"."));
        }
        let reply = Params::object(button, "reply")?;
        let unique = ids.insert(reply.text("id", 256)?) & titles.insert(reply.text("title", 20)?);
        if !unique {
            return Err(GraphError::value("Reply buttons must have ids and titles that differ."));
        }
    }
    Ok(())
}

fn list(action: Params<'_>) -> Result<(), GraphError> {
    action.text("button", 20)?;
    let sections = action.list("sections", 1, 10)?;
    let mut ids = HashSet::new();
    for section in sections {
        let params = Params::item(section, "section")?;
        if sections.len() > 1 {
            params.text("title", 24)?;
        } else {
            params.optional_text("title", 24)?;
        }
        for row in params.list("rows", 1, 10)? {
            let row = Params::item(row, "row")?;
            row.text("title", 24)?;
            row.optional_text("description", 72)?;
            if !ids.insert(row.text("id", 200)?) {
                return Err(GraphError::value("The rows of a list must have ids that differ."));
            }
        }
    }
    if ids.len() > 10 {
        return Err(GraphError::value("Total row count exceeds the maximum allowed count: 10."));
    }
    Ok(())
}

fn cta_url(action: Params<'_>) -> Result<(), GraphError> {
    named(action, "cta_url")?;
    let parameters =
        action.get("parameters").ok_or_else(|| GraphError::missing("Parameter 'parameters' is required."))?;
    let parameters = Params::item(parameters, "parameters")?;
    parameters.text("display_text", 20)?;
    let url = parameters.text("url", 2_000)?;
    if url.starts_with("https://") || url.starts_with("http://") {
        return Ok(());
    }
    Err(GraphError::value("Param parameters['url'] is not a valid URL."))
}

fn named(action: Params<'_>, name: &str) -> Result<(), GraphError> {
    if action.text("name", 64)? == name {
        return Ok(());
    }
    Err(GraphError::value(format!("Param action['name'] must be \"{name}\".")))
}
