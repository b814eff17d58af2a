//! The crowd with time moved by hand and no network.

use std::collections::HashSet;

use serde_json::Value;

use super::*;
use crate::config::Config;

fn core() -> Arc<Core> {
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    Arc::new(Core::new(Config::default(), "http://simulator".into(), http))
}

fn messages(core: &Core, crowd: &CrowdHandle) -> Vec<PhoneMessage> {
    let mut state = core.state.lock();
    crowd.phones().iter().flat_map(|phone| state.customers.at(phone).messages.clone()).collect()
}

async fn pass(time: Duration) {
    // In small steps, so that the crowd gets its turn between them.
    for _ in 0..time.as_millis() / 50 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn three_write_at_once_and_the_others_now_and_then() {
    let core = core();
    let crowd = start(core.clone(), 12, CancellationToken::new());
    pass(Duration::from_secs(1)).await;
    assert_eq!(messages(&core, &crowd).len(), FIRST_MESSAGES);
    pass(Duration::from_secs(600)).await;
    let written = messages(&core, &crowd);
    assert!((100..=300).contains(&(written.len() - FIRST_MESSAGES)), "one every 2 to 6 s: {}", written.len());
    let phones: HashSet<&String> = crowd.phones().iter().collect();
    assert_eq!(phones.len(), 12);

    crowd.stop();
    let before = core.webhooks.pending();
    pass(Duration::from_secs(60)).await;
    assert_eq!(core.webhooks.pending(), before, "silent");
}

#[tokio::test(start_paused = true)]
async fn they_read_and_tap_what_the_business_sends() {
    let core = core();
    let crowd = start(core.clone(), 1, CancellationToken::new());
    pass(Duration::from_secs(1)).await;
    let phone = crowd.phones()[0].clone();
    let button = json!({ "type": "reply", "reply": { "id": "yes", "title": "Yes" } });
    let question = PhoneMessage {
        id: "wamid.question".into(),
        from_customer: false,
        timestamp: core.clock.now(),
        kind: "interactive".into(),
        text: "Agreed?".into(),
        content: json!({ "type": "button", "action": { "buttons": [button] } }),
        template: Value::Null,
        reply_to: None,
        status: crate::PhoneStatus::Delivered,
        biz_opaque_callback_data: None,
        sent_to_phone: true,
    };
    core.state.lock().customers.show(&phone, question);
    pass(Duration::from_secs(6)).await;
    let shown = messages(&core, &crowd);
    let read = shown.iter().find(|message| message.id == "wamid.question").map(|message| message.status);
    assert_eq!(read, Some(crate::PhoneStatus::Read));
}

fn sent(kind: &str, content: Value, template: Value) -> PhoneMessage {
    PhoneMessage {
        id: "wamid.x".into(),
        from_customer: false,
        timestamp: 0,
        kind: kind.into(),
        text: String::new(),
        content,
        template,
        reply_to: None,
        status: crate::PhoneStatus::Delivered,
        biz_opaque_callback_data: None,
        sent_to_phone: true,
    }
}

#[test]
fn every_kind_is_sent_now_and_then() {
    let mut rng = StdRng::seed_from_u64(1);
    let own =
        PhoneMessage { from_customer: true, text: "Hi".into(), ..sent("text", Value::Null, Value::Null) };
    let business = sent("text", Value::Null, Value::Null);
    let kinds = |chat: &[PhoneMessage], now, rng: &mut StdRng| -> HashSet<String> {
        let one = |_| speech::something(&PEOPLE[0], "Hello", chat, now, rng);
        let messages = (0..2_000).map(one).map(|message| inbound::normalize(message).expect("a message"));
        messages.map(|message| message["type"].as_str().expect("a type").to_owned()).collect()
    };
    let always = [
        "text",
        "image",
        "video",
        "audio",
        "document",
        "sticker",
        "location",
        "contacts",
        "order",
        "unsupported",
    ];
    let with = |more: &[&str]| always.iter().chain(more).map(ToString::to_string).collect::<HashSet<_>>();
    assert_eq!(kinds(&[], 0, &mut rng), with(&[]));
    assert_eq!(kinds(&[business.clone(), own.clone()], 899, &mut rng), with(&["edit"]));
    assert_eq!(kinds(std::slice::from_ref(&own), 900, &mut rng), with(&[]), "too late to edit");
    assert_eq!(kinds(&[own, business], 0, &mut rng), with(&["edit", "reaction"]));
}

#[test]
fn taps_are_among_what_is_offered() {
    let mut rng = StdRng::seed_from_u64(1);
    let list = json!({ "sections": [{ "rows": [{ "id": "1", "title": "A" }] }, { "rows": [] }] });
    let buttons = json!({ "buttons": [{ "type": "reply", "reply": { "id": "yes", "title": "Yes" } }] });
    let interactive = |action: Value| sent("interactive", json!({ "action": action }), Value::Null);
    let template = |components: Value| sent("template", json!({ "name": "hello" }), components);
    let offered =
        |buttons: Value| json!([{ "type": "BODY", "text": "?" }, { "type": "BUTTONS", "buttons": buttons }]);
    let yes = json!({ "type": "QUICK_REPLY", "text": "Yes", "payload": "y" });
    let link = json!({ "type": "URL", "text": "Look", "url": "https://example.com" });
    let cards = json!([{ "type": "CAROUSEL", "cards": [{ "components": offered(json!([yes])) }] }]);
    for (message, pointer, expected) in [
        (interactive(list), "/interactive/list_reply/title", Some("A")),
        (interactive(buttons), "/interactive/button_reply/title", Some("Yes")),
        (interactive(json!({ "buttons": [] })), "/interactive", None),
        (interactive(json!({ "name": "send_location" })), "/location/name", Some(PEOPLE[0].place.0)),
        (interactive(json!({ "name": "cta_url" })), "/interactive", None),
        (template(offered(json!([yes, link]))), "/button/payload", Some("y")),
        (template(offered(json!([{ "type": "QUICK_REPLY", "text": "No" }]))), "/button/payload", Some("No")),
        (template(cards), "/button/text", Some("Yes")),
        (template(offered(json!([link]))), "/button", None),
        (sent("text", json!({ "body": "Hi" }), Value::Null), "/text", None),
    ] {
        let tapped = speech::tap(&message, &PEOPLE[0], &mut rng);
        let seen = tapped.as_ref().and_then(|tapped| tapped.pointer(pointer)?.as_str().map(str::to_owned));
        assert_eq!(seen.as_deref(), expected, "{message:?}");
        assert!(tapped.is_none_or(|tapped| tapped["context"]["id"] == "wamid.x"));
    }
}
