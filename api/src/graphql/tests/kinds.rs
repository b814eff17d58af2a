//! Each kind of content that can be sent, from the input to what is shown.

use super::seed::{House, update};
use super::{Api, everything};
use crate::graphql::global_id::GlobalId;
use entities::{MediaId, SavedMessageId, TemplateId, conversation};
use inbox::App;
use inbox::testing::for_each_store;
use serde_json::{Value, json};

const SEND: &str = "mutation($input: MessageSendInput!) { messageSend(input: $input) {
    message { kind content { __typename
        ... on TextContent { body previewUrl }
        ... on LocationContent { latitude longitude name address url }
        ... on LocationRequestContent { body }
        ... on CtaUrlContent { body footer displayText url header { kind text } }
        ... on ContactsContent { cards { formattedName firstName company phones { phone label } emails { value }
            urls { value } addresses { city countryCode } } } } }
    userErrors { code field message } } }";

/// An open conversation.
async fn open(app: &App) -> conversation::Model {
    let house = House::build(app).await;
    let row = house.conversation(0, house.ana);
    house.save().await;
    update(app, conversation::Model { last_inbound_at: Some(app.clock.now()), ..row.clone() }).await;
    row
}

fn send(conversation: &conversation::Model, content: &Value) -> Value {
    json!({ "input": { "conversationId": conversation.id.global().0, "content": content,
        "idempotencyKey": format!("{:x}", md(content)) } })
}

/// Another number for each content.
fn md(content: &Value) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    content.to_string().hash(&mut hasher);
    hasher.finish()
}

#[tokio::test]
async fn what_is_sent_is_shown() {
    for_each_store(async |app| {
        let conversation = open(&app).await;
        let api = Api::new(&app);
        let cases = [
            (
                json!({ "text": { "body": "look: https://example.com", "previewUrl": true } }),
                "TEXT",
                json!({ "__typename": "TextContent", "body": "look: https://example.com", "previewUrl": true }),
            ),
            (
                json!({ "location": { "latitude": 41.38, "longitude": 2.17, "name": "Port" } }),
                "LOCATION",
                json!({ "__typename": "LocationContent", "latitude": 41.38, "longitude": 2.17, "name": "Port",
                    "address": null, "url": null }),
            ),
            (
                json!({ "locationRequest": { "body": "Where are you?" } }),
                "LOCATION_REQUEST",
                json!({ "__typename": "LocationRequestContent", "body": "Where are you?" }),
            ),
            (
                json!({ "ctaUrl": { "header": { "text": "News" }, "body": "Our page", "footer": "small",
                    "displayText": "Open", "url": "https://example.com/a" } }),
                "CTA_URL",
                json!({ "__typename": "CtaUrlContent", "body": "Our page", "footer": "small", "displayText": "Open",
                    "url": "https://example.com/a", "header": { "kind": "TEXT", "text": "News" } }),
            ),
            (
                json!({ "contacts": { "cards": [{ "formattedName": "Ana Sol", "firstName": "Ana", "company": "Sol SL",
                    "phones": [{ "phone": "+34 600 000 001", "label": "CELL" }],
                    "emails": [{ "email": "ana@example.com" }], "urls": [{ "url": "https://example.com" }],
                    "addresses": [{ "city": "Sóller", "countryCode": "ES" }] }] } }),
                "CONTACTS",
                json!({ "__typename": "ContactsContent", "cards": [{ "formattedName": "Ana Sol", "firstName": "Ana",
                    "company": "Sol SL", "phones": [{ "phone": "+34 600 000 001", "label": "CELL" }],
                    "emails": [{ "value": "ana@example.com" }], "urls": [{ "value": "https://example.com" }],
                    "addresses": [{ "city": "Sóller", "countryCode": "ES" }] }] }),
            ),
        ];
        for (content, kind, shown) in cases {
            let sent = api.data_as(everything(), SEND, send(&conversation, &content)).await["messageSend"].take();
            assert_eq!(sent["userErrors"], json!([]), "{content}");
            assert_eq!((&sent["message"]["kind"], &sent["message"]["content"]), (&json!(kind), &shown));
        }
    })
    .await;
}

#[tokio::test]
async fn ids_of_other_things_are_named() {
    for_each_store(async |app| {
        let conversation = open(&app).await;
        let api = Api::new(&app);
        let media = app.ids.next::<MediaId>().global().0;
        let template = app.ids.next::<TemplateId>().global().0;
        let saved = app.ids.next::<SavedMessageId>().global().0;
        for (content, path) in [
            (json!({ "image": { "media": { "id": template } } }), "input.content.image.media.id"),
            (
                json!({ "video": { "media": { "url": "ftp://example.com/a" } } }),
                "input.content.video.media.url",
            ),
            (json!({ "savedMessage": { "id": media } }), "input.content.savedMessage.id"),
            (json!({ "template": { "templateId": saved } }), "input.content.template.templateId"),
            (
                json!({ "template": { "templateId": template, "variables": [
                    { "key": "1", "value": { "text": "a" } },
                    { "key": "header", "value": { "media": { "id": template } } }] } }),
                "input.content.template.variables.1.value.media.id",
            ),
        ] {
            let response = api.execute(Some(everything()), SEND, send(&conversation, &content)).await;
            assert_eq!(super::code_of(&response), "BAD_USER_INPUT", "{content}");
            assert!(
                response.errors[0].message.starts_with(&format!("{path}: ")),
                "{}",
                response.errors[0].message
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a_long_text_is_sent_in_parts_where_it_is_asked_for() {
    for_each_store(async |app| {
        let conversation = open(&app).await;
        let api = Api::new(&app);
        let query = "mutation($input: MessageSendInput!) { messageSend(input: $input) {
            message { id } messages { id content { ... on TextContent { body } } } userErrors { code field } } }";
        let text = |split: bool| json!({ "text": { "body": "word ".repeat(1000), "split": split } });
        let refused = api.data_as(everything(), query, send(&conversation, &text(false))).await;
        let errors = json!([{ "code": "TOO_LONG", "field": ["content", "text", "body"] }]);
        assert_eq!(
            refused["messageSend"],
            json!({ "message": null, "messages": null, "userErrors": errors })
        );
        let sent = api.data_as(everything(), query, send(&conversation, &text(true))).await;
        let messages = sent["messageSend"]["messages"].as_array().expect("messages");
        let lengths: Vec<_> = messages.iter().map(|one| one["content"]["body"].as_str().map(str::len)).collect();
        assert_eq!(lengths, [Some(4094), Some(905)]);
        assert_eq!(sent["messageSend"]["message"]["id"], messages[0]["id"]);
        let again = api.data_as(everything(), query, send(&conversation, &text(true))).await;
        assert_eq!(again, sent);

        let create = "mutation($input: SavedMessageCreateInput!) { savedMessageCreate(input: $input) {
            savedMessage { id } userErrors { code field } } }";
        let input = json!({ "input": { "name": "Long", "content": text(true) } });
        let saved = api.data_as(everything(), create, input).await;
        let errors = json!([{ "code": "CONTENT_INVALID", "field": ["content", "text", "split"] }]);
        assert_eq!(saved["savedMessageCreate"], json!({ "savedMessage": null, "userErrors": errors }));
    })
    .await;
}

#[tokio::test]
async fn lists_and_buttons_are_sent_from_what_was_saved() {
    for_each_store(async |app| {
        let conversation = open(&app).await;
        let api = Api::new(&app);
        let create = "mutation($input: SavedMessageCreateInput!) { savedMessageCreate(input: $input) {
            savedMessage { id name language kind createdBy { id } }
            userErrors { code field message } } }";
        let input = |name: &str, content: &Value| {
            json!({ "input": { "name": name, "language": "es", "content": content } })
        };
        let buttons = json!({ "replyButtons": { "header": { "text": "Lunch" }, "body": "Which?", "footer": "today",
            "buttons": [{ "buttonId": "a", "title": "Fish" }, { "buttonId": "b", "title": "Meat" }] } });
        let list = json!({ "list": { "body": "When?", "button": "Choose", "sections": [
            { "title": "Day", "rows": [{ "rowId": "1", "title": "Noon", "description": "with sun" }] },
            { "title": "Night", "rows": [{ "rowId": "2", "title": "Nine" }] }] } });
        let shown = "__typename
            ... on ReplyButtonsContent { header { kind text } body footer buttons { buttonId title } }
            ... on ListContent { body button sections { title rows { rowId title description } } }";
        let send = format!(
            "mutation($input: MessageSendInput!) {{ messageSend(input: $input) {{
                message {{ kind content {{ {shown} }} }} userErrors {{ code message }} }} }}"
        );
        for (name, content, kind, expected) in [
            (
                "Lunch",
                &buttons,
                "REPLY_BUTTONS",
                json!({ "__typename": "ReplyButtonsContent", "header": { "kind": "TEXT", "text": "Lunch" },
                    "body": "Which?", "footer": "today", "buttons": buttons["replyButtons"]["buttons"] }),
            ),
            (
                "Time",
                &list,
                "LIST",
                json!({ "__typename": "ListContent", "body": "When?", "button": "Choose", "sections": [
                    { "title": "Day", "rows": [{ "rowId": "1", "title": "Noon", "description": "with sun" }] },
                    { "title": "Night", "rows": [{ "rowId": "2", "title": "Nine", "description": null }] }] }),
            ),
        ] {
            let saved = api.data_as(everything(), create, input(name, content)).await["savedMessageCreate"].take();
            assert_eq!(saved["userErrors"], json!([]));
            let id = saved["savedMessage"]["id"].clone();
            assert_eq!(
                saved["savedMessage"],
                json!({ "id": id, "name": name, "language": "es", "kind": kind, "createdBy": null })
            );
            let input = json!({ "input": { "conversationId": conversation.id.global().0, "idempotencyKey": name,
                "content": { "savedMessage": { "id": id } } } });
            let sent = api.data_as(everything(), &send, input).await["messageSend"].take();
            assert_eq!(sent, json!({ "message": { "kind": kind, "content": expected }, "userErrors": [] }));
            let node = format!("query($id: ID!) {{ node(id: $id) {{ ... on SavedMessage {{ content {{ {shown} }} }} }} }}");
            assert_eq!(api.data_as(everything(), &node, json!({ "id": id })).await["node"]["content"], expected);
        }

        let page = api.data("{ savedMessages(first: 1) { totalCount nodes { name } pageInfo { hasNextPage } } }").await;
        assert_eq!(
            page["savedMessages"],
            json!({ "totalCount": 2, "nodes": [{ "name": "Time" }], "pageInfo": { "hasNextPage": true } })
        );
        let mut crowded = list.clone();
        crowded["list"]["sections"][1]["title"] = Value::Null;
        crowded["list"]["sections"][1]["rows"][0]["rowId"] = json!("1");
        let refused = api.data_as(everything(), create, input("Crowded", &crowded)).await["savedMessageCreate"].take();
        let errors: Vec<_> = refused["userErrors"].as_array().expect("a list").iter()
            .map(|error| (error["code"].clone(), error["field"].clone())).collect();
        assert_eq!(
            errors,
            [
                (json!("MISSING"), json!(["content", "list", "sections", "1", "title"])),
                (json!("NOT_UNIQUE"), json!(["content", "list", "sections", "1", "rows", "0", "rowId"])),
            ]
        );
        let taken = api.data_as(everything(), create, input("Lunch", &buttons)).await["savedMessageCreate"].take();
        assert_eq!(taken["userErrors"][0]["code"], "NAME_TAKEN");
    })
    .await;
}

#[tokio::test]
async fn a_saved_message_is_changed_and_deleted() {
    for_each_store(async |app| {
        let api = Api::new(&app);
        let create = "mutation { savedMessageCreate(input: { name: \"A\", language: \"es\",
            content: { text: { body: \"hola\" } } }) { savedMessage { id } } }";
        let created = api.data(create).await;
        let id = created["savedMessageCreate"]["savedMessage"]["id"].clone();
        let update = "mutation($id: ID!, $input: SavedMessageUpdateInput!) { savedMessageUpdate(id: $id, input: $input) {
            savedMessage { name language content { ... on TextContent { body } } } userErrors { code } } }";
        for (input, name, language, body) in [
            (json!({}), "A", json!("es"), "hola"),
            (json!({ "language": null, "name": "B" }), "B", json!(null), "hola"),
            (json!({ "content": { "text": { "body": "adiós" } } }), "B", json!(null), "adiós"),
        ] {
            let variables = json!({ "id": id, "input": input });
            let changed = api.data_as(everything(), update, variables).await["savedMessageUpdate"].take();
            assert_eq!(
                changed,
                json!({ "savedMessage": { "name": name, "language": language, "content": { "body": body } },
                    "userErrors": [] })
            );
        }
        let nameless = json!({ "id": id, "input": { "name": null } });
        let refused = api.data_as(everything(), update, nameless).await;
        assert_eq!(refused["savedMessageUpdate"]["userErrors"], json!([{ "code": "NAME_INVALID" }]));
        let delete = "mutation($id: ID!) { savedMessageDelete(id: $id) { deletedSavedMessageId userErrors { code } } }";
        let gone = api.data_as(everything(), delete, json!({ "id": id })).await;
        assert_eq!(gone["savedMessageDelete"], json!({ "deletedSavedMessageId": id, "userErrors": [] }));
        let response = api.execute(Some(everything()), delete, json!({ "id": id })).await;
        assert_eq!(super::code_of(&response), "NOT_FOUND");
    })
    .await;
}
