//! Long texts, sent as several messages.

use super::*;
use crate::services::send::messages_send;

/// A text of so many words of five characters, the blank behind each among them.
fn long(customer: Customer, words: usize, key: &str) -> SendInput {
    let text = Text { body: "word ".repeat(words), preview_url: true };
    SendInput { draft: Draft::Split(text), ..into(customer, "", key) }
}

#[tokio::test]
async fn a_long_text_is_several_messages_in_order_and_once() {
    for_each_store(async |app| {
        let shop = Shop::open(&app).await;
        let customer = shop.customer(&app, "34600000001").await;
        let agent = shop.agent(&AGENT);
        let sent = messages_send(&app, &agent, long(customer, 2000, "k1")).await.unwrap();
        let lengths: Vec<usize> = sent
            .iter()
            .map(|message| match serde_json::from_str(&message.content).unwrap() {
                Content::Text(text) => {
                    assert!(text.preview_url && text.body.starts_with("word"));
                    text.body.chars().count()
                }
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(lengths, [4094, 4094, 1810]);
        assert!(sent.is_sorted_by_key(|message| (message.sent_at, message.id)));
        let mut queue = outbox_row::Entity::find().all(app.db.read()).await.unwrap();
        queue.sort_unstable_by_key(|row| row.id);
        let queued: Vec<_> = queue.iter().map(|row| row.message_id).collect();
        assert_eq!(queued, sent.iter().map(|message| message.id).collect::<Vec<_>>());
        let conversation = conversation(&app, customer).await;
        assert_eq!((conversation.last_message_id, conversation.control_epoch), (Some(queued[2]), 1));
        assert_eq!(events_of(&app, EventKind::MessageAdded).await, 3);
        assert_eq!(events_of(&app, EventKind::ConversationUpdated).await, 1);

        let again = messages_send(&app, &agent, long(customer, 2000, "k1")).await.unwrap();
        assert_eq!(again, sent);
        let other = messages_send(&app, &agent, long(customer, 2001, "k1")).await;
        let Err(SendError::Refused(refusals)) = other else { panic!("{other:?}") };
        assert_eq!(refusals[0].code, RefusalCode::IdempotencyKeyReused);
        assert_eq!(count_messages(&app).await, 3);
    })
    .await;
}

#[tokio::test]
async fn equal_long_texts_at_once_are_sent_once() {
    for_each_store(async |app| {
        let shop = Shop::open(&app).await;
        let customer = shop.customer(&app, "34600000001").await;
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..10 {
            let (app, viewer) = (app.clone(), shop.agent(&AGENT));
            tasks.spawn(async move { messages_send(&app, &viewer, long(customer, 1500, "k1")).await });
        }
        let sent: Vec<_> = tasks.join_all().await.into_iter().map(Result::unwrap).collect();
        assert_eq!(sent[0].len(), 2);
        assert!(sent.iter().all(|each| *each == sent[0]));
        assert_eq!(count_messages(&app).await, 2);
    })
    .await;
}

#[tokio::test]
async fn a_short_text_is_one_message_and_an_endless_one_none() {
    for_each_store(async |app| {
        let shop = Shop::open(&app).await;
        let customer = shop.customer(&app, "34600000001").await;
        let agent = shop.agent(&AGENT);
        let sent = messages_send(&app, &agent, long(customer, 1, "k1")).await.unwrap();
        assert_eq!(sent.len(), 1);
        assert_eq!(codes(message_send(&app, &agent, long(customer, 0, "k2")).await), [RefusalCode::Missing]);
        let most = messages_send(&app, &agent, long(customer, 8190, "k3")).await.unwrap();
        assert_eq!(most.len(), 10);
        let more = message_send(&app, &agent, long(customer, 8191, "k4")).await;
        assert_eq!(codes(more), [RefusalCode::TooLong]);
        assert_eq!(count_messages(&app).await, 11);
    })
    .await;
}
