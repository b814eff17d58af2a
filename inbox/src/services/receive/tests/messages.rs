//! What a message was, was made into, and what came with it.

use super::*;
use crate::auth::Reach;
use crate::domain::revocation::RevokedMessages;
use crate::store::{media as files, messages};

const PHONE: &str = "34600111222";

async fn by_wamid(app: &App, wamid: &str) -> message::Model {
    let mut found = messages::by_wamids(app.db.read(), Reach::All, [wamid.to_owned()]).await.unwrap();
    assert_eq!(found.len(), 1, "{wamid}");
    found.pop().unwrap()
}

#[tokio::test]
async fn each_edit_keeps_what_it_replaced_also_when_it_comes_late() {
    for_each_store(async |app| {
        prepare(&app).await;
        let edit = |wamid: &str, at: i64, body: &str| {
            let text = json!({ "type": "text", "text": { "body": body } });
            let edit = json!({ "original_message_id": "wamid.A", "message": text });
            message(PHONE, wamid, at, json!({ "type": "edit", "edit": edit }))
        };
        let fourth = edit("wamid.4", 40, "at 40");
        deliver(&app, &[text(PHONE, "wamid.A", 10, "at 10"), fourth.clone()]).await;
        deliver(&app, &[edit("wamid.3", 30, "at 30"), edit("wamid.2", 20, "at 20"), fourth]).await;
        deliver(&app, &[edit("wamid.5", 50, "at 50")]).await;
        let row = only::<message::Entity>(&app).await;
        assert!(row.content.contains("at 50"), "{}", row.content);
        assert_eq!(row.edited_at, Some(Timestamp::from_seconds(50)));
        let versions = messages::versions(app.db.read(), Reach::All, [row.id]).await.unwrap();
        let found: Vec<_> =
            versions.iter().map(|version| (version.content.clone(), version.replaced_at)).collect();
        let text = |at: i64| format!(r#"{{"kind":"TEXT","body":"at {at}"}}"#);
        let expected = [(10, 20), (20, 30), (30, 40), (40, 50)]
            .map(|(at, until)| (text(at), Timestamp::from_seconds(until)));
        assert_eq!(found, expected);
    })
    .await;
}

#[tokio::test]
async fn answers_name_the_message_that_asked() {
    for_each_store(async |app| {
        prepare(&app).await;
        let pressed =
            |kind: &str, rest: Value| json!({ "type": "interactive", "interactive": { "type": kind, kind: rest } });
        let flow = json!({ "name": "flow", "body": "Sent", "response_json": "{\"a\":1}" });
        let row = json!({ "id": "row", "title": "Row", "description": "the first" });
        let button = json!({ "payload": "stop", "text": "Stop" });
        let answers = [
            ("BUTTON_REPLY", pressed("button_reply", json!({ "id": "yes", "title": "Yes" }))),
            ("LIST_REPLY", pressed("list_reply", row)),
            ("FLOW_REPLY", pressed("nfm_reply", flow)),
            ("TEMPLATE_BUTTON_REPLY", json!({ "type": "button", "button": button })),
        ];
        let mut bodies = vec![echo(PHONE, "wamid.Q", 1, "Well?")];
        for (at, (kind, answer)) in (2..).zip(&answers) {
            let mut answer = answer.clone();
            answer["context"] = json!({ "from": "15550783881", "id": "wamid.Q" });
            bodies.push(message(PHONE, &format!("wamid.{kind}"), at, answer));
        }
        deliver(&app, &bodies).await;
        let asked = by_wamid(&app, "wamid.Q").await;
        for (kind, _) in answers {
            let answer = by_wamid(&app, &format!("wamid.{kind}")).await;
            assert_eq!((answer.kind.as_str(), answer.reply_to_wamid.as_ref()), (kind, asked.wamid.as_ref()));
            assert_eq!(answer.conversation_id, asked.conversation_id, "{kind}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_comes_beside_a_message_is_kept() {
    for_each_store(async |app| {
        prepare(&app).await;
        let reason = "Message type is currently not supported.";
        let error = json!({ "code": 131_051, "title": "Unknown", "error_data": { "details": reason } });
        let poll = json!({ "type": "unsupported", "unsupported": { "type": "poll" }, "errors": [error] });
        deliver(&app, &[message(PHONE, "wamid.P", 1, poll)]).await;
        let content: Value = serde_json::from_str(&by_wamid(&app, "wamid.P").await.content).unwrap();
        assert_eq!(content["reason"], reason);

        let referral = json!({ "source_url": "https://fb.me/x", "source_type": "ad", "ctwa_clid": "Aff" });
        let product = json!({ "catalog_id": "1", "product_retailer_id": "sku" });
        let enquiry = json!({ "type": "text", "text": { "body": "Hi" }, "referral": referral,
            "context": { "from": "15550783881", "referred_product": product } });
        deliver(&app, &[message(PHONE, "wamid.H", 2, enquiry)]).await;
        let context: Value = serde_json::from_str(&by_wamid(&app, "wamid.H").await.context.unwrap()).unwrap();
        assert_eq!(context, json!({ "referral": referral, "referredProduct": product }));

        let card = json!({ "name": { "formatted_name": "Ana" }, "vcard": "BEGIN:VCARD" });
        let contacts = json!({ "type": "contacts", "contacts": [card] });
        deliver(&app, &[message(PHONE, "wamid.C", 3, contacts)]).await;
        let content = by_wamid(&app, "wamid.C").await.content;
        assert!(content.contains("\"vcard\":\"BEGIN:VCARD\""), "{content}");
    })
    .await;
}

#[tokio::test]
async fn files_of_what_was_deleted_for_everyone_are_hidden_and_kept() {
    for_each_store(async |app| {
        prepare(&app).await;
        let image = |id: &str| json!({ "type": "image", "image": { "id": id, "mime_type": "image/jpeg" } });
        let revoke = json!({ "type": "revoke", "revoke": { "original_message_id": "wamid.A" } });
        let bodies = [
            message(PHONE, "wamid.A", 1, image("1")),
            message(PHONE, "wamid.B", 2, image("2")),
            message(PHONE, "wamid.R", 3, revoke),
        ];
        deliver(&app, &bodies).await;
        let rows = media::Entity::find().all(app.db.read()).await.unwrap();
        let of: Vec<_> = rows.iter().filter_map(|row| row.message_id).collect();
        for (setting, expected) in [(RevokedMessages::Hide, &["2"][..]), (RevokedMessages::Show, &["1", "2"])]
        {
            let db = app.db.read();
            let of_messages = files::of_messages(db, Reach::All, setting, of.clone()).await.unwrap();
            let ids = rows.iter().map(|row| row.id);
            let by_ids = files::by_ids(db, Reach::All, setting, ids).await.unwrap();
            for found in [of_messages, by_ids] {
                let mut found: Vec<_> = found.into_iter().filter_map(|file| file.row.provider_id).collect();
                found.sort_unstable();
                assert_eq!(found, expected, "{setting:?}");
            }
        }
        assert_eq!(by_wamid(&app, "wamid.A").await.kind, "IMAGE");
    })
    .await;
}
