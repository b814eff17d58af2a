//! Every shape of webhook that we know: delivered, applied, and to be read with its type.

use entities::{Direction, ReceiptState, message};
use serde_json::{Value, json};
use simulator::Business;
use tests::reference::{Example, fixtures, message_objects, openapi_examples};
use tests::{Database, TestApp, on_each_store, records};

/// The fixtures of which a part cannot be applied: made to hold items that are no messages.
const FAILED: [&str; 1] = ["bad_items"];
/// The fixtures that this test's own parser refuses; what the service makes of them is checked where it is parsed.
const NOT_FOR_EVERY_PARSER: [&str; 2] = ["nested_too_deeply", "text_nul_and_lone_surrogate"];
/// Types that change another message and are none themselves.
const CHANGES: [&str; 3] = ["reaction", "edit", "revoke"];

/// The messages with their typed content.
const MESSAGES: &str = "query($after: Cursor) { messages(first: 100, after: $after, orderBy: { field: SENT_AT, direction: ASC }) {
    pageInfo { hasNextPage endCursor }
    nodes { kind direction origin sentAt conversation { id contact { name phone } } media { state mimeType } content { __typename
        ... on TextContent { body }
        ... on ImageContent { caption mimeType }
        ... on VideoContent { caption mimeType }
        ... on AudioContent { voice mimeType }
        ... on DocumentContent { caption fileName mimeType }
        ... on StickerContent { animated mimeType }
        ... on LocationContent { latitude longitude name address }
        ... on ContactsContent { cards { formattedName phones { phone } } }
        ... on ButtonReplyContent { buttonId title }
        ... on ListReplyContent { rowId title description }
        ... on TemplateButtonReplyContent { text payload }
        ... on FlowReplyContent { name response }
        ... on CallPermissionReplyContent { accepted source }
        ... on OrderContent { catalogId items { productRetailerId quantity itemPrice currency } }
        ... on SystemContent { event message }
        ... on MediaPlaceholderContent { explanation }
        ... on UnsupportedContent { type raw } } } } }";

/// A service whose business has the number that the examples speak of.
async fn service_of(database: &Database, examples: &[Example]) -> TestApp {
    let ids = examples.iter().find_map(|example| {
        let body: Value = serde_json::from_str(&example.body).ok()?;
        let metadata = body.pointer("/entry/0/changes/0/value/metadata")?.clone();
        Some((
            metadata["phone_number_id"].as_str()?.to_owned(),
            metadata["display_phone_number"].as_str()?.to_owned(),
        ))
    });
    let (phone_number_id, display_phone_number) = ids.expect("an example names its number");
    let business = Business { phone_number_id, display_phone_number, ..Business::default() };
    TestApp::start_with(database, simulator::Config { business, ..simulator::Config::default() }).await
}

/// The contents with the message that each belongs to. Both are ordered by (Meta's time, our sequence).
async fn contents(app: &TestApp) -> Vec<(message::Model, Value)> {
    let client = app.admin().await;
    let (mut nodes, mut after) = (Vec::new(), Value::Null);
    loop {
        let page = client.ask(MESSAGES, json!({ "after": after })).await["messages"].take();
        nodes.extend(page["nodes"].as_array().unwrap().iter().cloned());
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
    let mut rows = records::messages(app.inbox().db.read()).await;
    rows.sort_by_key(|row| (row.sent_at, row.id));
    assert_eq!(rows.len(), nodes.len(), "every message can be read");
    for (row, node) in rows.iter().zip(&nodes) {
        let direction = if row.direction == Direction::Inbound { "INBOUND" } else { "OUTBOUND" };
        assert_eq!((&node["direction"], &node["kind"]), (&json!(direction), &json!(row.kind)));
        assert!(node["conversation"]["id"].is_string());
    }
    rows.into_iter().zip(nodes).collect()
}

/// The kind that a message object must become.
fn kind_of(object: &Value) -> &'static str {
    match object["type"].as_str().unwrap_or_default() {
        _ if object["errors"].is_array() => "UNSUPPORTED",
        "text" => "TEXT",
        "image" => "IMAGE",
        "video" => "VIDEO",
        "audio" => "AUDIO",
        "document" => "DOCUMENT",
        "sticker" => "STICKER",
        "location" => "LOCATION",
        "contacts" => "CONTACTS",
        "button" => "TEMPLATE_BUTTON_REPLY",
        "order" => "ORDER",
        "system" => "SYSTEM",
        "template" => "TEMPLATE",
        "interactive" => match object["interactive"]["type"].as_str().unwrap_or_default() {
            "button_reply" => "BUTTON_REPLY",
            "list_reply" => "LIST_REPLY",
            "nfm_reply" => "FLOW_REPLY",
            "call_permission_reply" => "CALL_PERMISSION_REPLY",
            "button" => "REPLY_BUTTONS",
            _ => "UNSUPPORTED",
        },
        _ => "UNSUPPORTED",
    }
}

/// Delivers all, and checks what became of each body.
async fn deliver(app: &TestApp, examples: &[Example]) {
    for example in examples {
        assert_eq!(app.deliver_bytes(example.body.clone().into_bytes()).await, 200, "{}", example.name);
    }
    app.settled().await;
    let receipts = records::receipts(app.inbox().db.read()).await;
    assert_eq!(receipts.len(), examples.len());
    for (example, (state, _, error)) in examples.iter().zip(receipts) {
        let failed = FAILED.contains(&&*example.name);
        let expected = if failed { ReceiptState::Failed } else { ReceiptState::Applied };
        assert_eq!(state, expected, "{}: {error:?}", example.name);
    }
}

#[test]
fn every_fixture_is_applied_and_its_messages_are_typed() {
    on_each_store(async |database| {
        let fixtures = fixtures();
        assert!(fixtures.len() > 90, "{} fixtures", fixtures.len());
        let mut app = service_of(database, &fixtures).await;
        deliver(&app, &fixtures).await;
        let contents = contents(&app).await;
        let mut checked = 0;
        for fixture in fixtures.iter().filter(|fixture| !FAILED.contains(&&*fixture.name)) {
            let Ok(body) = serde_json::from_str(&fixture.body) else {
                assert!(NOT_FOR_EVERY_PARSER.contains(&&*fixture.name), "{} is no JSON", fixture.name);
                continue;
            };
            let objects = message_objects(&body);
            for object in objects.iter().filter(|object| !CHANGES.iter().any(|kind| object["type"] == *kind))
            {
                let (_, node) = contents
                    .iter()
                    .find(|(row, _)| row.wamid.is_some() && row.wamid.as_deref() == object["id"].as_str())
                    .unwrap_or_else(|| panic!("{}: {object} is no message", fixture.name));
                assert_eq!(node["kind"], kind_of(object), "{}: {object}", fixture.name);
                checked += 1;
            }
        }
        assert!(checked > 50, "only {checked} messages were found");
        app.expect_failed_receipts(FAILED.len());
        app.finish().await;
    });
}

/// Meta uses one id for several of its examples; here each message gets its own.
fn with_ids_of_their_own(examples: Vec<Example>) -> Vec<Example> {
    let renamed = |(number, example): (usize, Example)| {
        let mut body: Value = serde_json::from_str(&example.body).unwrap();
        for index in 0..message_objects(&body).len() {
            let path = format!("/entry/0/changes/0/value/messages/{index}/id");
            *body.pointer_mut(&path).unwrap() = json!(format!("wamid.example.{number}.{index}"));
        }
        Example { body: body.to_string(), ..example }
    };
    examples.into_iter().enumerate().map(renamed).collect()
}

/// Where a value of Meta's stands in our typed content.
const SAME: [(&str, &str, &str); 16] = [
    ("text", "/text/body", "body"),
    ("image", "/image/caption", "caption"),
    ("image", "/image/mime_type", "mimeType"),
    ("location", "/location/latitude", "latitude"),
    ("location", "/location/longitude", "longitude"),
    ("location", "/location/name", "name"),
    ("location", "/location/address", "address"),
    ("button", "/button/text", "text"),
    ("button", "/button/payload", "payload"),
    ("interactive", "/interactive/button_reply/id", "buttonId"),
    ("interactive", "/interactive/button_reply/title", "title"),
    ("interactive", "/interactive/list_reply/id", "rowId"),
    ("interactive", "/interactive/list_reply/title", "title"),
    ("interactive", "/interactive/list_reply/description", "description"),
    ("order", "/order/catalog_id", "catalogId"),
    ("system", "/system/body", "message"),
];

#[test]
fn every_example_of_meta_is_applied_and_can_be_read_with_its_type() {
    let Some(examples) = openapi_examples() else { return };
    assert!(examples.len() >= 16, "{} examples", examples.len());
    let examples = with_ids_of_their_own(examples);
    on_each_store(async |database| {
        let app = service_of(database, &examples).await;
        deliver(&app, &examples).await;
        let contents = contents(&app).await;
        let mut checked = 0;
        for example in &examples {
            let body: Value = serde_json::from_str(&example.body).unwrap();
            for object in message_objects(&body).into_iter().filter(|object| object["type"] != "reaction") {
                let found = contents.iter().find(|(row, _)| row.wamid.as_deref() == object["id"].as_str());
                let (_, node) = found.unwrap_or_else(|| panic!("{} is not there", example.name));
                assert_eq!(node["kind"], kind_of(object), "{}", example.name);
                for (kind, theirs, ours) in SAME {
                    if let Some(value) = object.pointer(theirs).filter(|_| object["type"] == kind) {
                        assert_eq!(node["content"][ours], *value, "{}: {ours}", example.name);
                        checked += 1;
                    }
                }
            }
        }
        assert!(checked >= 16, "only {checked} values were compared");
        check_reaction_and_groups(&app).await;
        app.finish().await;
    });
}

/// What is no message: a reaction waits for its message, and what is told about groups is kept whole.
async fn check_reaction_and_groups(app: &TestApp) {
    use sea_orm::{EntityTrait, PaginatorTrait};
    let db = app.inbox().db.read();
    assert_eq!(entities::message_update::Entity::find().count(db).await.unwrap(), 1, "the reaction");
    assert_eq!(records::provider_updates(db).await.len(), 3, "the groups");
}
