//! What the demo's business says by itself: a message of every kind, so that whoever looks finds each.

use anyhow::Context;
use entities::{AssistantProvider, ConversationId, MediaId, SavedMessageId, conversation};
use inbox::App;
use inbox::auth::{Reach, Viewer};
use inbox::media::Spool;
use inbox::services::assistants::documents::{DocumentCreate, assistant_document_create};
use inbox::services::assistants::{AssistantInput, assistant_create};
use inbox::services::media::{NewFile, media_upload};
use inbox::services::saved_messages::{SavedMessageCreate, saved_message_create};
use inbox::services::send::draft::{FileDraft, FileKind, MediaSource, TemplateDraft, TemplateValue};
use inbox::services::send::{Draft, SendInput, SendTarget, message_send};
use inbox::services::templates::templates_sync;
use inbox::store::conversations::{self, ConversationFilter};
use inbox::store::page::{Direction, PageRequest, Take};
use inbox::store::templates;
use providers::content::Content;
use serde_json::{Value, json};
use simulator::sample_file;
use std::time::Duration;

/// Nobody is written to before so many customers have written.
const CUSTOMERS: u64 = 4;
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// What its assistant looks things up in: customers of the simulator ask about it.
const DOCUMENTS: [(&str, &str); 3] = [
    ("Perros", "Los perros pueden entrar si van atados. Hay un cuenco de agua junto a la puerta."),
    ("Access", "There is step-free access by the side door, and a ramp at the main entrance."),
    ("Estacionamento", "Há estacionamento gratuito na praça, a dois minutos da loja."),
];

/// Once there are customers, sends them something of every kind.
pub(super) async fn run(app: App, saved: Vec<SavedMessageId>) {
    if let Err(error) = say_everything(&app, &saved).await {
        tracing::warn!("the demo's business could not say everything: {error:#}");
    }
}

async fn say_everything(app: &App, saved: &[SavedMessageId]) -> anyhow::Result<()> {
    let customers = customers(app).await?;
    for (number, draft) in drafts(app, saved).await?.into_iter().enumerate() {
        send(app, customers[number % customers.len()].id, number, draft).await?;
    }
    Ok(())
}

/// Reads the templates, saves messages, and employs an assistant that answers whoever writes first.
pub(super) async fn open(app: &App) -> anyhow::Result<Vec<SavedMessageId>> {
    let viewer = Viewer::system();
    templates_sync(app, &viewer).await?;
    let assistant = AssistantInput {
        name: Some("Demo assistant".to_owned()),
        provider: Some(AssistantProvider::Scripted),
        is_default: Some(true),
        instructions: Some("Answers questions about bread and cakes by a script.".to_owned()),
        disclosure: Some(Some("You are talking to a machine; ask for a person at any time.".to_owned())),
        ..AssistantInput::default()
    };
    let assistant = assistant_create(app, &viewer, assistant).await?.id;
    for (title, text) in DOCUMENTS {
        let (title, text) = (title.to_owned(), text.to_owned());
        let source_url = Some("https://shop.example/visit".to_owned());
        let document = DocumentCreate { assistant, title, text, source_url };
        assistant_document_create(app, &viewer, document).await?;
    }
    let mut saved = Vec::new();
    for (name, content) in [("Reply buttons: when", buttons()), ("List: our menu", menu())] {
        let input = SavedMessageCreate {
            name: name.to_owned(),
            language: Some("en".to_owned()),
            draft: Draft::Content(content?),
        };
        saved.push(saved_message_create(app, &viewer, input).await?.id);
    }
    Ok(saved)
}

async fn customers(app: &App) -> anyhow::Result<Vec<conversation::Model>> {
    let request = PageRequest {
        direction: Direction::Descending,
        after: None,
        before: None,
        take: Take::First(CUSTOMERS),
        wants_previous: false,
        wants_next: false,
    };
    loop {
        let filter = ConversationFilter::default();
        let page = conversations::page(app.db.read(), Reach::All, &filter, &request).await?;
        if page.rows.len() as u64 == CUSTOMERS {
            return Ok(page.rows);
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

async fn drafts(app: &App, saved: &[SavedMessageId]) -> anyhow::Result<Vec<Draft>> {
    let mut drafts: Vec<Draft> = saved.iter().copied().map(Draft::Saved).collect();
    for content in [text(), location(), location_request(), contacts(), cta_url()] {
        drafts.push(Draft::Content(content?));
    }
    for kind in [FileKind::Image, FileKind::Document, FileKind::Audio, FileKind::Video, FileKind::Sticker] {
        let (source, caption) = (MediaSource::Media(upload(app, kind).await?), caption(kind));
        let file_name = (kind == FileKind::Document).then(|| "prices.pdf".to_owned());
        let voice = kind == FileKind::Audio;
        drafts.push(Draft::File(FileDraft { kind, source, caption, file_name, voice }));
    }
    drafts.push(template(app).await?);
    Ok(drafts)
}

async fn send(app: &App, to: ConversationId, number: usize, draft: Draft) -> anyhow::Result<()> {
    let input = SendInput {
        target: SendTarget::Conversation(to),
        draft,
        reply_to: None,
        idempotency_key: format!("demo-{number}"),
    };
    message_send(app, &Viewer::system(), input).await?;
    Ok(())
}

async fn upload(app: &App, kind: FileKind) -> anyhow::Result<MediaId> {
    let (bytes, mime_type) = sample_file(name(kind)).context("there is no such sample")?;
    let mut spool = Spool::new(bytes.len() as u64).await?;
    spool.write(bytes).await?;
    let (content, mime_type) = (spool.finish().await?, Some(mime_type.to_owned()));
    let file = NewFile { content, file_name: None, mime_type, kind: Some(kind) };
    Ok(media_upload(app, &Viewer::system(), file).await?.row.id)
}

/// A reminder of an appointment, filled in.
async fn template(app: &App) -> anyhow::Result<Draft> {
    let account = &app.whatsapp().business_account_id;
    let found = templates::by_name(app.db.read(), account, "recordatorio_cita", "es").await?;
    let template = found.context("the simulator has no such template")?.id;
    let values = [("body.1", "Núria"), ("body.2", "12 de mayo"), ("body.3", "10:30")];
    let value = |(key, value): (&str, &str)| (key.to_owned(), TemplateValue::Text(value.to_owned()));
    Ok(Draft::Template(TemplateDraft { template, variables: values.map(value).into() }))
}

fn name(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Image => "image",
        FileKind::Video => "video",
        FileKind::Audio => "audio",
        FileKind::Document => "document",
        FileKind::Sticker => "sticker",
    }
}

fn caption(kind: FileKind) -> Option<String> {
    let caption = match kind {
        FileKind::Image => "Fresh from the kiln",
        FileKind::Video => "How we make them",
        FileKind::Document => "Our prices",
        FileKind::Audio | FileKind::Sticker => return None,
    };
    Some(caption.to_owned())
}

fn content(value: Value) -> anyhow::Result<Content> {
    Ok(serde_json::from_value(value)?)
}

fn text() -> anyhow::Result<Content> {
    content(json!({ "kind": "TEXT", "body": "Hello! Thank you for writing to us." }))
}

fn buttons() -> anyhow::Result<Content> {
    content(
        json!({ "kind": "REPLY_BUTTONS", "body": "When shall we deliver?", "footer": "We deliver Monday to Friday",
        "buttons": [{ "id": "morning", "title": "In the morning" }, { "id": "evening", "title": "In the evening" },
            { "id": "pick-up", "title": "I pick it up" }] }),
    )
}

fn menu() -> anyhow::Result<Content> {
    content(json!({ "kind": "LIST", "body": "What are you looking for?", "button": "Our shop", "sections": [
        { "title": "Pottery", "rows": [{ "id": "vases", "title": "Vases", "description": "From 12 euros" },
            { "id": "pots", "title": "Pots", "description": "From 7 euros" }] },
        { "title": "Help", "rows": [{ "id": "order", "title": "My order" }, { "id": "hours", "title": "Opening hours" }] }] }))
}

fn location() -> anyhow::Result<Content> {
    content(json!({ "kind": "LOCATION", "latitude": 41.3851, "longitude": 2.1734, "name": "Our shop",
        "address": "Carrer de la Marina, 1, Barcelona" }))
}

fn location_request() -> anyhow::Result<Content> {
    content(json!({ "kind": "LOCATION_REQUEST", "body": "Where shall we deliver?" }))
}

fn contacts() -> anyhow::Result<Content> {
    content(json!({ "kind": "CONTACTS", "cards": [{ "formatted_name": "Marta Vidal", "first_name": "Marta",
        "phones": [{ "phone": "+34600111222", "label": "WORK" }] }] }))
}

fn cta_url() -> anyhow::Result<Content> {
    content(json!({ "kind": "CTA_URL", "body": "All that we have, with pictures.", "display_text": "Look",
        "url": "https://shop.example/catalogue" }))
}
