//! What customers send is fetched, whatever goes wrong on the way.

use super::{PHONE, arrives, failed_with, file, in_state, in_time, objects, photo};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use simulator::{FailMedia, Faults, MediaFault};
use std::time::Duration;
use tests::wait::until_true;
use tests::{TestApp, on_each_store, records};

fn wrong(count: u32, fault: MediaFault) -> Faults {
    Faults { fail_media: Some(FailMedia { count, fault }), ..Faults::default() }
}

#[test]
fn a_picture_is_fetched_measured_and_announced() {
    on_each_store(async |database| {
        let app = TestApp::start(database).await;
        let client = app.admin().await;
        let mut updates =
            client.subscribe("subscription { messageUpdated { media { state } } }", json!({})).await;
        app.subscribed(1).await;
        let id = arrives(&app, &client, json!({ "image": { "caption": "Look" } })).await;
        let stored = in_state(&client, &id, "STORED").await;
        assert_eq!(stored["sha256"], hex::encode(Sha256::digest(photo())));
        assert_eq!((&stored["mimeType"], &stored["size"]), (&json!("image/png"), &json!(photo().len())));
        assert!(stored["width"].as_i64() > Some(0) && stored["height"].as_i64() > Some(0), "{stored}");
        assert!(stored["preview"].as_str().unwrap().starts_with("data:image/jpeg;base64,"), "{stored}");
        assert_eq!(stored["failure"], Value::Null);
        assert_eq!(updates.next().await["messageUpdated"]["media"]["state"], "STORED");
        assert_eq!(objects(database), [photo()]);

        // The same once more: the content is kept once.
        app.simulator().customer_writes("34600000002", json!({ "image": {} })).await;
        app.settled().await;
        let states = "{ messages { nodes { media { state } } } }";
        until_true("both are stored", async || {
            let nodes = client.query(states).await["messages"]["nodes"].take();
            nodes.as_array().unwrap().iter().all(|node| node["media"]["state"] == "STORED")
        })
        .await;
        until_true("the second copy is gone", async || objects(database).len() == 1).await;
        let downloads = app.simulator().requests().into_iter();
        let downloads = downloads.filter(|request| request.path.starts_with("/whatsapp_business/")).count();
        assert_eq!(downloads, 2);
        app.finish().await;
    });
}

#[test]
fn every_kind_of_file_is_fetched_as_what_it_is() {
    on_each_store(async |database| {
        let app = TestApp::start(database).await;
        let client = app.admin().await;
        let kinds = [
            ("audio", "audio/ogg; codecs=opus"),
            ("video", "video/mp4"),
            ("document", "application/pdf"),
            ("sticker", "image/webp"),
        ];
        for (kind, mime) in kinds {
            let id = arrives(&app, &client, json!({ kind: {} })).await;
            let stored = in_state(&client, &id, "STORED").await;
            assert_eq!(stored["mimeType"], mime, "{stored}");
        }
        // What was announced as a JPEG and is a PNG is kept as a PNG.
        let id = app.simulator().add_media(photo(), "image/jpeg");
        let id = arrives(&app, &client, json!({ "image": { "id": id } })).await;
        assert_eq!(in_state(&client, &id, "STORED").await["mimeType"], "image/png");
        app.finish().await;
    });
}

#[test]
fn what_passes_is_tried_again() {
    on_each_store(async |database| {
        let app = TestApp::start(database).await;
        let client = app.integration(&[inbox::auth::Permission::ReadAll], false).await;
        let faults = [
            (MediaFault::Unavailable, "UNREACHABLE"),
            (MediaFault::Corrupt, "WRONG_HASH"),
            (MediaFault::Html, "WRONG_TYPE"),
        ];
        for (fault, code) in faults {
            app.simulator().set_faults(wrong(3, fault));
            let id = arrives(&app, &client, json!({ "image": {} })).await;
            let failed = failed_with(&client, &id, code).await;
            assert_eq!(failed["state"], "PENDING");
            assert!(failed["failure"]["message"].as_str().unwrap().contains("WhatsApp"), "{failed}");
            for left in [2, 1, 0] {
                until_true("the next try failed", async || {
                    app.simulator().faults().fail_media.unwrap().count <= left
                })
                .await;
                app.advance(Duration::from_secs(120));
            }
            in_time(&app, Duration::from_secs(60), "it is stored", async || {
                file(&client, &id).await["state"] == "STORED"
            })
            .await;
            assert_eq!(file(&client, &id).await["failure"], Value::Null);
        }
        app.finish().await;
    });
}

#[test]
fn what_comes_slowly_is_waited_for() {
    on_each_store(async |database| {
        let app = TestApp::start(database).await;
        let client = app.admin().await;
        app.simulator().set_faults(wrong(1, MediaFault::Trickle));
        let id = arrives(&app, &client, json!({ "image": {} })).await;
        let stored = in_state(&client, &id, "STORED").await;
        assert_eq!(stored["sha256"], hex::encode(Sha256::digest(photo())));
        assert_eq!(app.simulator().faults().fail_media.unwrap().count, 0);
        app.finish().await;
    });
}

#[test]
fn what_is_too_large_is_given_up_at_once_and_nothing_is_left() {
    on_each_store(async |database| {
        let app = TestApp::start(database).await;
        let client = app.admin().await;
        for fault in [MediaFault::Huge, MediaFault::Large] {
            app.simulator().set_faults(wrong(1, fault));
            let id = arrives(&app, &client, json!({ "video": {} })).await;
            let failed = in_state(&client, &id, "FAILED").await;
            assert_eq!(failed["failure"]["code"], "TOO_LARGE");
            assert_eq!(failed["url"], Value::Null);
            assert!(objects(database).is_empty());
        }
        app.finish().await;
    });
}

#[test]
fn a_file_is_given_up_when_meta_has_it_no_more_and_fetched_again_when_asked() {
    on_each_store(async |database| {
        let app = TestApp::start(database).await;
        app.simulator().set_faults(wrong(1, MediaFault::Unavailable));
        let client =
            app.integration(&[inbox::auth::Permission::ReadAll, inbox::auth::Permission::Send], false).await;
        let id = arrives(&app, &client, json!({ "image": {} })).await;
        failed_with(&client, &id, "UNREACHABLE").await;
        let retry = "mutation($id: ID!) { mediaRetry(id: $id) { media { state failure { code } } userErrors { code field } } }";
        let refused = client.ask(retry, json!({ "id": id })).await["mediaRetry"].take();
        assert_eq!(refused["userErrors"], json!([{ "code": "NOT_FAILED", "field": ["id"] }]));

        app.advance(Duration::from_secs(8 * 24 * 60 * 60));
        let failed = in_state(&client, &id, "FAILED").await;
        assert_eq!(failed["failure"]["code"], "GONE");
        let retried = client.ask(retry, json!({ "id": id })).await["mediaRetry"].take();
        assert_eq!(retried, json!({ "media": { "state": "PENDING", "failure": null }, "userErrors": [] }));
        failed_with(&client, &id, "GONE").await;
        app.finish().await;
    });
}

/// The node is lost while a content comes; others were lost between a stored content and its row.
#[test]
fn a_crash_leaves_a_claim_that_ends_and_a_content_that_is_swept() {
    on_each_store(async |database| {
        let app = TestApp::start(database).await;
        app.simulator().set_faults(wrong(1, MediaFault::Stalled));
        let client = app.integration(&[inbox::auth::Permission::ReadAll], false).await;
        let id = arrives(&app, &client, json!({ "image": {} })).await;
        until_true("the content is coming", async || app.simulator().faults().fail_media.unwrap().count == 0)
            .await;
        let folder = database.media().join("ab");
        std::fs::create_dir_all(&folder).unwrap();
        let two_days_ago = std::time::UNIX_EPOCH + Duration::from_secs(app.now() as u64 - 2 * 24 * 60 * 60);
        for (name, is_old) in [("orphan", true), ("0123#1", true), ("fresh", false)] {
            let path = folder.join(name);
            std::fs::write(&path, name).unwrap();
            if is_old {
                let file = std::fs::File::options().write(true).open(&path).unwrap();
                file.set_modified(two_days_ago).unwrap();
            }
        }
        let next = app.another_node().await;
        let client = client.at(&next.url());
        app.crash();
        next.receive_webhooks().await;
        in_time(
            &next,
            Duration::from_secs(30),
            "the claim has ended and another node has the file",
            async || file(&client, &id).await["state"] == "STORED",
        )
        .await;
        until_true("the orphans are gone", async || {
            !folder.join("orphan").exists() && !folder.join("0123#1").exists()
        })
        .await;
        assert!(folder.join("fresh").exists(), "somebody may be about to write its row");
        next.finish().await;
    });
}

#[test]
fn what_is_removed_leaves_nothing() {
    on_each_store(async |database| {
        let app = TestApp::start(database).await;
        let client = app.admin().await;
        let first = arrives(&app, &client, json!({ "image": {} })).await;
        in_state(&client, &first, "STORED").await;
        let second = arrives(&app, &client, json!({ "image": {} })).await;
        in_state(&client, &second, "STORED").await;
        assert_eq!(app.simulator().phone_messages(PHONE).len(), 2);
        let messages: Vec<_> =
            records::messages(app.inbox().db.read()).await.iter().map(|row| row.id).collect();
        for (message, left) in messages.into_iter().zip([1, 0]) {
            let removed = app.inbox().db.write(inbox::store::Priority::Background, move |tx| {
                Box::pin(async move { inbox::services::media::remove_of_messages(tx, &[message]).await })
            });
            removed.await.unwrap().clear(app.inbox()).await;
            assert_eq!(objects(database).len(), left, "the content stays while one message has it");
        }
        assert_eq!((file(&client, &first).await, file(&client, &second).await), (Value::Null, Value::Null));
        app.finish().await;
    });
}
