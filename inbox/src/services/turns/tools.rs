//! What an assistant can do: tools for the model, and what its calls mean. WhatsApp's limits stand in the schemas, and are
//! checked again by the same code that checks what people send.

use crate::domain::handoff::Reason;
use models::{Tool, ToolCall};
use providers::content::{
    Content, CtaUrl, List, ListRow, ListSection, Location, LocationRequest, ReplyButton, ReplyButtons, Text,
};
use providers::limits;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// What a call means.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Action {
    /// Send this.
    Say(Box<Content>),
    /// Give the conversation to people.
    HandOff(HandOff),
    /// Nothing needs to be said.
    NoReply,
    /// Something must be looked up first.
    LookUp(LookUp),
}

/// What is looked up before there is an answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum LookUp {
    /// What is known of the customer.
    Customer,
    /// What the documents say about this.
    Knowledge(String),
    /// What a tool of another server gives.
    Server(ToolCall),
}

/// Why, and with which words, a conversation is given to people.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct HandOff {
    pub(super) reason: Reason,
    /// For the colleagues.
    #[serde(default)]
    pub(super) summary: String,
    /// For the customer.
    #[serde(default)]
    pub(super) message: Option<String>,
}

/// Longest summary, in characters.
const SUMMARY: usize = 500;
/// Longest question to the documents, in characters.
const QUESTION: usize = 500;

#[derive(Deserialize)]
struct SendText {
    body: String,
}

#[derive(Deserialize)]
struct SendButtons {
    body: String,
    footer: Option<String>,
    buttons: Vec<ReplyButton>,
}

#[derive(Deserialize)]
struct SendList {
    body: String,
    button: String,
    footer: Option<String>,
    sections: Vec<ListSectionGiven>,
}

#[derive(Deserialize)]
struct ListSectionGiven {
    #[serde(default)]
    title: Option<String>,
    rows: Vec<ListRow>,
}

#[derive(Deserialize)]
struct SendLink {
    body: String,
    display_text: String,
    url: String,
}

#[derive(Deserialize)]
struct SendLocation {
    latitude: f64,
    longitude: f64,
    name: Option<String>,
    address: Option<String>,
}

#[derive(Deserialize)]
struct RequestLocation {
    body: String,
}

#[derive(Deserialize)]
struct SearchKnowledge {
    query: String,
}

fn text(longest: usize) -> Value {
    json!({ "type": "string", "minLength": 1, "maxLength": longest })
}

fn object(properties: Value, required: &[&str]) -> Value {
    let mut object = json!({ "type": "object", "required": required, "additionalProperties": false });
    object["properties"] = properties;
    object
}

fn tool(name: &str, description: &str, parameters: Value) -> Tool {
    Tool { name: name.to_owned(), description: description.to_owned(), parameters }
}

/// For assistants that have documents.
pub(super) fn search_knowledge() -> Tool {
    tool(
        "search_knowledge",
        "Finds passages of the business's documents by their words. Look here before you say that you do not know. Write \
         the words that an answer would hold, in the language of the documents, and other words for the same. You may send \
         the web address of a passage that you used.",
        object(json!({ "query": text(QUESTION) }), &["query"]),
    )
}

/// What every assistant has.
pub(super) fn all() -> Vec<Tool> {
    vec![
        tool(
            "send_text",
            "Sends a text to the customer.",
            object(json!({ "body": text(limits::TEXT) }), &["body"]),
        ),
        tool(
            "send_buttons",
            "Asks the customer something with one to three buttons to answer by.",
            object(
                json!({ "body": text(limits::BODY), "footer": text(limits::FOOTER), "buttons": {
                    "type": "array", "minItems": 1, "maxItems": limits::BUTTONS, "items": object(
                        json!({ "id": text(limits::BUTTON_ID), "title": text(limits::BUTTON_TITLE) }), &["id", "title"]) } }),
                &["body", "buttons"],
            ),
        ),
        tool(
            "send_list",
            "Lets the customer choose one of at most ten things, in all sections together.",
            object(
                json!({ "body": text(limits::LIST_BODY), "button": text(limits::BUTTON_TITLE), "footer": text(limits::FOOTER),
                    "sections": { "type": "array", "minItems": 1, "maxItems": limits::SECTIONS, "items": object(json!({
                        "title": text(limits::SECTION_TITLE),
                        "rows": { "type": "array", "minItems": 1, "maxItems": limits::ROWS, "items": object(json!({
                            "id": text(limits::ROW_ID), "title": text(limits::ROW_TITLE),
                            "description": text(limits::ROW_DESCRIPTION) }), &["id", "title"]) } }), &["rows"]) } }),
                &["body", "button", "sections"],
            ),
        ),
        tool(
            "send_cta_url",
            "Sends a text with a button that opens a web page of the business.",
            object(
                json!({ "body": text(limits::BODY), "display_text": text(limits::BUTTON_TITLE), "url": text(limits::LINK) }),
                &["body", "display_text", "url"],
            ),
        ),
        tool(
            "send_location",
            "Sends a place of the business that the instructions name.",
            object(
                json!({ "latitude": { "type": "number", "minimum": -90, "maximum": 90 },
                    "longitude": { "type": "number", "minimum": -180, "maximum": 180 },
                    "name": text(limits::PLACE), "address": text(limits::PLACE) }),
                &["latitude", "longitude"],
            ),
        ),
        tool(
            "request_location",
            "Asks the customer to send where they are.",
            object(json!({ "body": text(limits::BODY) }), &["body"]),
        ),
        tool(
            "get_customer_context",
            "Tells the name, language, tags and attributes that the business knows of this customer.",
            object(json!({}), &[]),
        ),
        tool(
            "handoff_to_human",
            "Gives the conversation to people of the business: when the customer wants a person, is upset, or needs what \
             you cannot do or do not know. The only way to involve a person.",
            object(
                json!({ "reason": { "type": "string", "enum": Reason::ALL.map(Reason::name) },
                    "summary": text(SUMMARY), "message": text(limits::TEXT) }),
                &["reason", "summary"],
            ),
        ),
        tool(
            "no_reply",
            "Says nothing, because nothing needs to be said: the customer only thanks or says goodbye.",
            object(json!({ "reason": text(200) }), &[]),
        ),
    ]
}

/// What a call means, or what is wrong with it, for the model.
pub(super) fn action(call: &ToolCall) -> Result<Action, String> {
    let content = match call.name.as_str() {
        "send_text" => {
            let SendText { body } = read(call)?;
            Content::Text(Text { body, preview_url: false })
        }
        "send_buttons" => {
            let SendButtons { body, footer, buttons } = read(call)?;
            Content::ReplyButtons(ReplyButtons { header: None, body, footer, buttons })
        }
        "send_list" => {
            let SendList { body, button, footer, sections } = read(call)?;
            let section = |given: ListSectionGiven| ListSection { title: given.title, rows: given.rows };
            let sections = sections.into_iter().map(section).collect();
            Content::List(List { header: None, body, footer, button, sections })
        }
        "send_cta_url" => {
            let SendLink { body, display_text, url } = read(call)?;
            Content::CtaUrl(CtaUrl { header: None, body, footer: None, display_text, url })
        }
        "send_location" => {
            let SendLocation { latitude, longitude, name, address } = read(call)?;
            Content::Location(Location { latitude, longitude, name, address, url: None })
        }
        "request_location" => {
            let RequestLocation { body } = read(call)?;
            Content::LocationRequest(LocationRequest { body })
        }
        "get_customer_context" => return Ok(Action::LookUp(LookUp::Customer)),
        "search_knowledge" => {
            let SearchKnowledge { query } = read(call)?;
            let query = query.chars().take(QUESTION).collect();
            return Ok(Action::LookUp(LookUp::Knowledge(query)));
        }
        "no_reply" => return Ok(Action::NoReply),
        "handoff_to_human" => {
            let hand_off: HandOff = read(call)?;
            let summary = hand_off.summary.chars().take(SUMMARY).collect();
            return Ok(Action::HandOff(HandOff { summary, ..hand_off }));
        }
        _ => return Err("there is no such tool; use one of those that you were given".to_owned()),
    };
    Ok(Action::Say(Box::new(content)))
}

fn read<T: DeserializeOwned>(call: &ToolCall) -> Result<T, String> {
    serde_json::from_value(call.arguments.clone())
        .map_err(|error| format!("the arguments do not fit: {error}"))
}
