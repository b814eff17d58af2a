//! Webhooks in: who is let in, what becomes of what they bring.

use entities::ReceiptState::{self, Applied, Failed, Ignored};
use serde_json::{Value, json};
use tests::{Database, TestApp, on_each_store, records, webhook};

const PHONE: &str = "34600000001";
const LIMIT: usize = 3 * 1024 * 1024;

/// Name and value in a query.
type Parameter<'a> = (&'a str, &'a str);

#[test]
fn the_handshake_answers_who_knows_the_token() {
    on_each_store(async |database| {
        let app = TestApp::start(database).await;
        let token = app.simulator().business().verify_token.clone();
        let table: [(&[Parameter<'_>], u16, &str); 6] = [
            (&[("hub.mode", "subscribe"), ("hub.verify_token", &token), ("hub.challenge", "42")], 200, "42"),
            (&[("hub.mode", "subscribe"), ("hub.verify_token", "wrong"), ("hub.challenge", "42")], 403, ""),
            (&[("hub.mode", "unsubscribe"), ("hub.verify_token", &token), ("hub.challenge", "42")], 403, ""),
            (&[("hub.mode", "subscribe"), ("hub.challenge", "42")], 403, ""),
            (&[("hub.mode", "subscribe"), ("hub.verify_token", &token)], 403, ""),
            (&[], 403, ""),
        ];
        for (query, status, challenge) in table {
            let url = format!("{}{}", app.url(), webhook::PATH);
            let answer = app.http().get(url).query(query).send().await.unwrap();
            assert_eq!(answer.status(), status, "{query:?}");
            let text = answer.text().await.unwrap();
            assert!(!text.contains(&token), "the token is not given away");
            assert!(challenge.is_empty() || text == challenge, "{query:?}: {text}");
        }
        app.finish().await;
    });
}

#[test]
fn what_a_customer_writes_can_be_read() {
    on_each_store(async |database| {
        let app = TestApp::start(database).await;
        app.deliver(&webhook::text(PHONE, "wamid.A", 1_700_000_000, "¿Está abierto? 🌻")).await;
        app.settled().await;
        let query = "{ conversations { totalCount nodes {
            unreadCount lastActivityAt contact { name phone } channel { phoneNumberId }
            messages { nodes { kind direction sentAt content { ... on TextContent { body } } } } } } }";
        let data = app.admin().await.query(query).await;
        let message = json!({
            "kind": "TEXT", "direction": "INBOUND", "sentAt": "2023-11-14T22:13:20.000Z",
            "content": { "body": "¿Está abierto? 🌻" }
        });
        let conversation = json!({
            "unreadCount": 1, "lastActivityAt": "2023-11-14T22:13:20.000Z",
            "contact": { "name": "Customer 34600000001", "phone": "+34600000001" },
            "channel": { "phoneNumberId": app.simulator().business().phone_number_id },
            "messages": { "nodes": [message] }
        });
        assert_eq!(data["conversations"], json!({ "totalCount": 1, "nodes": [conversation] }));
        app.finish().await;
    });
}

#[test]
fn only_the_right_signature_over_these_bytes_is_let_in() {
    on_each_store(async |database| {
        let app = TestApp::start(database).await;
        let body = webhook::text(PHONE, "wamid.A", 1, "not to be stored").to_string().into_bytes();
        let right = webhook::signature(&body);
        let hex = right.strip_prefix("sha256=").unwrap();
        let of_other_bytes = webhook::signature(b"{}");
        let other_secret = simulator::sign("another secret", &body);
        let wrong: [Option<&str>; 9] = [
            None,
            Some(""),
            Some("sha256="),
            Some(hex),
            Some(&format!("sha1={hex}")),
            Some(&right[..right.len() - 2]),
            Some(&format!("{right}00")),
            Some(&of_other_bytes),
            Some(&other_secret),
        ];
        for signature in wrong {
            assert_eq!(app.post_webhook(body.clone(), signature).await, 401, "{signature:?}");
        }
        let mut changed = body.clone();
        *changed.last_mut().unwrap() = b' ';
        assert_eq!(app.post_webhook(changed, Some(&right)).await, 401, "one byte is another");
        assert!(records::receipts(app.inbox().db.read()).await.is_empty(), "nothing of it is stored");
        assert_eq!(app.post_webhook(body, Some(&right)).await, 200);
        app.finish().await;
    });
}

#[test]
fn three_mebibytes_and_not_a_byte_more() {
    on_each_store(async |database| {
        let app = TestApp::start(database).await;
        let of_size = |wamid: &str, size: usize| {
            let mut body = webhook::text(PHONE, wamid, 1, "large").to_string().into_bytes();
            body.resize(size, b' ');
            body
        };
        assert_eq!(app.deliver_bytes(of_size("wamid.A", LIMIT)).await, 200);
        assert_eq!(app.deliver_bytes(of_size("wamid.B", LIMIT + 1)).await, 413);
        let unannounced = of_size("wamid.C", LIMIT + 1);
        let signature = webhook::signature(&unannounced);
        let chunks: Vec<std::io::Result<Vec<u8>>> =
            unannounced.chunks(1 << 20).map(|part| Ok(part.to_vec())).collect();
        let stream = reqwest::Body::wrap_stream(futures_util::stream::iter(chunks));
        assert_eq!(
            app.post_webhook(stream, Some(&signature)).await,
            413,
            "whatever its length was said to be"
        );
        app.settled().await;
        let messages = records::messages(app.inbox().db.read()).await;
        assert_eq!(
            messages.iter().filter_map(|message| message.wamid.as_deref()).collect::<Vec<_>>(),
            ["wamid.A"]
        );
        app.finish().await;
    });
}

#[test]
fn what_cannot_be_stored_is_asked_for_again() {
    on_each_store(async |database| {
        let app = TestApp::start(database).await;
        let body = webhook::text(PHONE, "wamid.A", 1, "not lost").to_string().into_bytes();
        app.inbox().db.close().await.unwrap();
        assert_eq!(app.deliver_bytes(body.clone()).await, 503, "Meta keeps it and tries again");
        app.crash();
        let app = TestApp::start(database).await;
        assert_eq!(app.deliver_bytes(body).await, 200);
        app.settled().await;
        assert_eq!(records::messages(app.inbox().db.read()).await.len(), 1);
        app.finish().await;
    });
}

/// A strange body: what it is, its bytes, what must become of it, how many effects it has.
type Strange = (&'static str, Vec<u8>, ReceiptState, i32);

fn strange_bodies() -> Vec<Strange> {
    let text = |wamid: &str, body: &str| webhook::text_message(PHONE, wamid, 1_700_000_000, body);
    let in_list = |items: &[Value]| webhook::messages(PHONE, items).to_string().into_bytes();
    let raw = |message: &str| {
        let whole = webhook::messages(PHONE, &[json!("MESSAGE")]).to_string();
        whole.replace("\"MESSAGE\"", message).into_bytes()
    };
    let with_entry = |entry: &Value| {
        json!({ "object": "whatsapp_business_account", "entry": entry }).to_string().into_bytes()
    };
    let poisoned = in_list(&[
        text("wamid.P1", "good"),
        json!({ "from": PHONE, "id": ["wrong type"], "timestamp": "2", "type": "text" }),
        text(&"x".repeat(10_000), "an id of ten thousand letters"),
        json!({ "from": PHONE, "id": "wamid.P2", "timestamp": "the day before yesterday", "type": "text" }),
        json!("not even an object"),
        text("wamid.P3", "good too"),
    ]);
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let unknown_kind = json!({ "type": "hologram", "hologram": { "depth": 3 }, "future": { "of": "Meta" } });
    let template =
        r#"{"event":"APPROVED","message_template_id":18446744073709551615,"message_template_name":"hello"}"#;
    let template = format!(
        r#"{{"object":"whatsapp_business_account","entry":[{{"id":"1","time":5,"changes":[{{"field":"message_template_status_update","value":{template}}}]}}]}}"#
    );
    vec![
        ("broken JSON", br#"{"object":"whatsapp_business_account","entry":["#.to_vec(), Failed, 0),
        ("no JSON", b"hello".to_vec(), Failed, 0),
        ("nothing", Vec::new(), Failed, 0),
        ("bytes that are no text", b"{\"object\":\"\xff\xfe\"}".to_vec(), Failed, 0),
        ("a list", b"[]".to_vec(), Failed, 0),
        ("entry is a text", with_entry(&json!("wrong")), Failed, 0),
        ("a hundred thousand brackets", deep.into_bytes(), Failed, 0),
        (
            "messages is a number",
            webhook::change("messages", json!({ "messages": 7 })).to_string().into_bytes(),
            Failed,
            0,
        ),
        ("poison among good ones", poisoned, Failed, 2),
        ("NUL in a text", in_list(&[text("wamid.N", "a\u{0}b")]), Applied, 1),
        (
            "a lone surrogate",
            raw(&format!(
                r#"{{"from":"{PHONE}","id":"wamid.S","timestamp":"1700000000","type":"text","text":{{"body":"a\ud83db"}}}}"#
            )),
            Applied,
            1,
        ),
        (
            "an unknown kind",
            in_list(&[webhook::message(PHONE, "wamid.U", 1_700_000_000, &unknown_kind)]),
            Applied,
            1,
        ),
        (
            "an unknown field",
            webhook::change("holograms", json!({ "seen": 1 })).to_string().into_bytes(),
            Applied,
            1,
        ),
        ("an id past 2^53", template.into_bytes(), Applied, 1),
        ("no changes", with_entry(&json!([{ "id": "1", "changes": [] }])), Ignored, 0),
    ]
}

#[test]
fn strange_bodies_get_their_answer_and_block_nobody() {
    on_each_store(async |database| {
        let mut app = TestApp::start(database).await;
        let strange = strange_bodies();
        for (index, (what, body, ..)) in strange.iter().enumerate() {
            let neighbour = webhook::text(PHONE, &format!("wamid.neighbour.{index}"), 1_700_000_001, "good");
            let (answer, ()) = tokio::join!(app.deliver_bytes(body.clone()), app.deliver(&neighbour));
            assert_eq!(answer, 200, "{what}");
        }
        app.settled().await;
        check_receipts(&app, database, &strange).await;
        check_texts(&app).await;
        app.expect_failed_receipts(strange.iter().filter(|(_, _, state, _)| *state == Failed).count());
        app.finish().await;
    });
}

async fn check_receipts(app: &TestApp, database: &Database, strange: &[Strange]) {
    use sea_orm::EntityTrait;
    let rows = entities::webhook_receipt::Entity::find().all(&database.connect().await).await.unwrap();
    assert_eq!(rows.len(), 2 * strange.len());
    for (what, body, state, effects) in strange {
        let row =
            rows.iter().find(|row| row.body == *body).unwrap_or_else(|| panic!("{what}: the body is kept"));
        assert_eq!((row.state, row.effects), (*state, *effects), "{what}: {:?}", row.error);
        assert_eq!(
            row.error.is_some(),
            *state == Failed,
            "{what}: a failure says why, and nothing else does"
        );
        let error = row.error.as_deref().unwrap_or_default();
        assert!(!error.contains("ten thousand letters") && !error.contains("yesterday"), "{what}: {error}");
    }
    let messages = records::messages(app.inbox().db.read()).await;
    let neighbours = messages
        .iter()
        .filter(|message| message.wamid.as_deref().is_some_and(|wamid| wamid.starts_with("wamid.neighbour")));
    assert_eq!(neighbours.count(), strange.len(), "the neighbours are applied");
}

/// What the strange bodies that could be understood look like to a caller.
async fn check_texts(app: &TestApp) {
    let query = "{ messages(first: 500) { nodes { kind content { __typename
        ... on TextContent { body } ... on UnsupportedContent { type raw } } } } }";
    let data = app.admin().await.query(query).await;
    let contents: Vec<&Value> =
        data["messages"]["nodes"].as_array().unwrap().iter().map(|node| &node["content"]).collect();
    let bodies: Vec<&str> = contents.iter().filter_map(|content| content["body"].as_str()).collect();
    assert!(bodies.contains(&"ab"), "the NUL is gone");
    assert!(bodies.contains(&"a\u{fffd}b"), "half a character is shown as such");
    let unknown = contents.iter().find(|content| content["__typename"] == "UnsupportedContent").unwrap();
    assert_eq!(unknown["type"], "hologram");
    assert_eq!(unknown["raw"]["hologram"]["depth"], 3, "kept whole");
    let updates = records::provider_updates(app.inbox().db.read()).await;
    assert!(
        updates.iter().any(|update| update.contains("18446744073709551615")),
        "every digit is kept: {updates:?}"
    );
}

#[test]
fn one_body_fifty_times_at_once_has_one_effect() {
    on_each_store(async |database| {
        let app = TestApp::start(database).await;
        let body = simulator::escape(&webhook::text(PHONE, "wamid.A", 1_700_000_000, "once"));
        let posts = (0..50).map(|_| app.deliver_bytes(body.clone()));
        let answers = futures_util::future::join_all(posts).await;
        assert!(answers.iter().all(|status| *status == 200), "{answers:?}");
        app.settled().await;
        let db = app.inbox().db.read();
        let receipts = records::receipts(db).await;
        assert_eq!(receipts.len(), 50);
        assert_eq!(receipts.iter().map(|(_, effects, _)| effects).sum::<i32>(), 1);
        assert_eq!(records::messages(db).await.len(), 1);
        assert_eq!(records::conversations(db).await[0].unread_count, 1);
        records::check_log(&records::events(db).await, &records::messages(db).await);
        app.finish().await;
    });
}
