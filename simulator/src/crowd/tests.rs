//! The crowd with time moved by hand and no network.

use std::collections::HashSet;

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
    let kinds: HashSet<&str> = written.iter().map(|message| message.kind.as_str()).collect();
    assert_eq!(kinds, HashSet::from(["text", "image", "location"]), "no reaction while nobody answers");
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

#[test]
fn taps_are_among_what_is_offered() {
    let mut rng = StdRng::seed_from_u64(1);
    let list = json!({ "sections": [{ "rows": [{ "id": "1", "title": "A" }] }, { "rows": [] }] });
    let buttons = json!({ "buttons": [{ "type": "reply", "reply": { "id": "yes", "title": "Yes" } }] });
    for (action, pointer, expected) in [
        (list, "/interactive/list_reply/title", Some("A")),
        (buttons, "/interactive/button_reply/title", Some("Yes")),
        (json!({ "buttons": [] }), "/interactive", None),
        (json!({ "name": "send_location" }), "/interactive", None),
    ] {
        let message = PhoneMessage {
            id: "wamid.x".into(),
            from_customer: false,
            timestamp: 0,
            kind: "interactive".into(),
            text: String::new(),
            content: json!({ "action": action }),
            reply_to: None,
            status: crate::PhoneStatus::Delivered,
            biz_opaque_callback_data: None,
            sent_to_phone: true,
        };
        let tapped = tap(&message, &mut rng);
        let title = tapped.as_ref().and_then(|tapped| tapped.pointer(pointer)?.as_str().map(str::to_owned));
        assert_eq!(title.as_deref(), expected);
        assert!(tapped.is_none_or(|tapped| tapped["context"]["id"] == "wamid.x"));
    }
}
