//! What must be true after all the kills.

use super::{CUSTOMERS, SENT, WRITTEN, phone};
use entities::{Direction, MessageStatus, message, webhook_receipt};
use sea_orm::{DatabaseConnection, EntityTrait, QueryOrder};
use serde_json::Value;
use simulator::{PhoneMessage, Simulator};
use std::collections::{BTreeMap, HashMap, HashSet};
use tests::{records, reference};

/// Checks the database against what the simulator knows.
pub(super) async fn check(simulator: &Simulator, db: &DatabaseConnection) {
    assert_eq!(records::failed_receipts(db).await, Vec::<String>::new(), "no webhook failed");
    let messages = records::messages(db).await;
    let (inbound, outbound): (Vec<_>, Vec<_>) =
        messages.iter().partition(|message| message.direction == Direction::Inbound);
    let phones: Vec<Vec<PhoneMessage>> =
        (0..CUSTOMERS).map(|customer| simulator.phone_messages(&phone(customer))).collect();
    check_inbound(&inbound, &phones);
    check_order(&inbound, db).await;
    check_conversations(&messages, db).await;
    check_calls(&outbound, simulator);
    check_outbound(&outbound, &phones);
    records::check_log(&records::events(db).await, &messages);
}

/// Everything that customers wrote is there, once.
fn check_inbound(inbound: &[&message::Model], phones: &[Vec<PhoneMessage>]) {
    let stored: HashMap<&str, &message::Model> =
        inbound.iter().filter_map(|message| Some((message.wamid.as_deref()?, *message))).collect();
    assert_eq!((inbound.len(), stored.len()), (WRITTEN, WRITTEN), "as many as were written, each once");
    for written in phones.iter().flatten().filter(|message| message.from_customer) {
        let message = stored.get(written.id.as_str()).unwrap_or_else(|| panic!("{} is lost", written.text));
        assert!(message.content.contains(&format!("\"{}\"", written.text)), "{}", message.content);
        assert_eq!(u64::try_from(message.sent_at.millis()), Ok(written.timestamp * 1000));
    }
}

/// In each conversation the order is (Meta's time, order of the first receipt).
async fn check_order(inbound: &[&message::Model], db: &DatabaseConnection) {
    let receipts =
        webhook_receipt::Entity::find().order_by_asc(webhook_receipt::Column::Id).all(db).await.unwrap();
    let mut first: HashMap<String, usize> = HashMap::new();
    for receipt in receipts {
        let body: Value = serde_json::from_slice(&receipt.body).unwrap();
        for message in reference::message_objects(&body) {
            let (place, id) = (first.len(), message["id"].as_str().unwrap_or_default());
            first.entry(id.to_owned()).or_insert(place);
        }
    }
    let mut conversations: BTreeMap<_, Vec<&message::Model>> = BTreeMap::new();
    for message in inbound {
        conversations.entry(message.conversation_id).or_default().push(message);
    }
    assert_eq!(conversations.len(), CUSTOMERS);
    for shown in conversations.values_mut() {
        let mut right = shown.clone();
        shown.sort_by_key(|message| (message.sent_at, message.id));
        right.sort_by_key(|message| (message.sent_at, first[message.wamid.as_deref().unwrap_or_default()]));
        let contents =
            |list: &[&message::Model]| list.iter().map(|message| message.content.clone()).collect::<Vec<_>>();
        assert_eq!(contents(shown), contents(&right));
    }
}

/// What a conversation says of its messages is so.
async fn check_conversations(messages: &[message::Model], db: &DatabaseConnection) {
    for conversation in records::conversations(db).await {
        let own = || messages.iter().filter(|message| message.conversation_id == conversation.id);
        let inbound = || own().filter(|message| message.direction == Direction::Inbound);
        assert_eq!(usize::try_from(conversation.unread_count), Ok(inbound().count()), "unread");
        let last = own().max_by_key(|message| (message.sent_at, message.id)).map(|message| message.id);
        assert_eq!(conversation.last_message_id, last, "the last message");
        assert_eq!(
            conversation.last_inbound_at,
            inbound().map(|message| message.sent_at).max(),
            "the window"
        );
    }
}

/// Meta was called at most once for each message: none of these calls was refused, so none may be made again.
fn check_calls(outbound: &[&message::Model], simulator: &Simulator) {
    let ids: HashSet<String> = outbound.iter().map(|message| message.id.to_string()).collect();
    let mut called = HashSet::new();
    let is_send = |request: &&simulator::RecordedRequest| {
        request.path.ends_with("/messages") && request.body["status"].is_null()
    };
    for request in simulator.requests().iter().filter(is_send) {
        let id = request.body["biz_opaque_callback_data"].as_str().unwrap_or_default();
        assert!(ids.contains(id), "a call for a message that nobody has: {}", request.body);
        assert!(called.insert(id.to_owned()), "two calls for one message: {}", request.body);
    }
}

/// Everything that was sent is there, once; what Meta took is known to be taken; customers saw it in order.
fn check_outbound(outbound: &[&message::Model], phones: &[Vec<PhoneMessage>]) {
    let contents: HashSet<&str> = outbound.iter().map(|message| message.content.as_str()).collect();
    assert_eq!((outbound.len(), contents.len()), (SENT, SENT), "as many as were sent, each once");
    let mut arrived: HashMap<String, &PhoneMessage> = HashMap::new();
    for shown in phones {
        let shown: Vec<&PhoneMessage> = shown.iter().filter(|message| !message.from_customer).collect();
        assert!(shown.is_sorted_by(|one, next| one.text < next.text), "out of order, or doubled");
        arrived.extend(
            shown
                .into_iter()
                .filter_map(|message| Some((message.biz_opaque_callback_data.clone()?, message))),
        );
    }
    let mut unclear = 0;
    for message in outbound {
        match (arrived.get(&message.id.to_string()), message.status) {
            (Some(shown), Some(MessageStatus::Read)) => {
                assert_eq!(message.wamid.as_ref(), Some(&shown.id));
                let times = [message.status_sent_at, message.delivered_at, message.read_at];
                assert!(times.iter().all(Option::is_some), "{}: {times:?}", message.content);
            }
            (None, Some(MessageStatus::Unknown)) => unclear += 1,
            (shown, status) => {
                panic!("{}: {status:?}, at the customer: {}", message.content, shown.is_some())
            }
        }
    }
    assert!(unclear < SENT / 2, "{unclear} of {SENT} never went out: the test shows little");
}
