//! Imported history: threads in chunks, and later the files that the threads only mention.

use super::change::{Lists, update};
use super::message::{self, Wire};
use super::people::{People, is_nobody};
use super::problem::Problem;
use super::{Raw, each, flex, whole};
use crate::inbound::{HistoryMessage, InboundBody, Item, Party};
use crate::meta::error::Wire as ErrorWire;
use crate::phone::{is_bsuid, match_key};
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
struct Chunk<'a> {
    /// `{phase, chunk_order, progress}`.
    #[serde(default, borrow)]
    metadata: Raw<'a>,
    #[serde(default, borrow)]
    threads: Raw<'a>,
    #[serde(default, borrow)]
    messages: Raw<'a>,
    #[serde(default, borrow)]
    errors: Raw<'a>,
}

#[derive(Deserialize)]
struct Thread<'a> {
    /// The customer's phone.
    #[serde(default, deserialize_with = "flex::id")]
    id: Option<String>,
    #[serde(default, deserialize_with = "flex::lenient")]
    context: Option<ThreadContext>,
    #[serde(default, borrow)]
    messages: Raw<'a>,
}

#[derive(Deserialize, Default)]
struct ThreadContext {
    #[serde(default, deserialize_with = "flex::id")]
    wa_id: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    user_id: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    parent_user_id: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    username: Option<String>,
}

/// Each chunk gives an update with its place in the import, then its messages.
pub(super) fn read(lists: &Lists<'_>, people: &People, items: &mut Vec<Item>) {
    let business = lists.business_phone();
    let mut chunks = Vec::new();
    each("history", lists.history, items, |chunk: Chunk<'_>, _| {
        chunks.push(chunk);
        Ok(None)
    });
    for chunk in chunks {
        items.extend(chunk.metadata.map(|metadata| update(whole(metadata))));
        read_threads(chunk.threads, business, people, items);
        read_messages(chunk.messages, &Party::default(), business, people, items);
        each("history.errors", chunk.errors, items, |wire: ErrorWire, _| Ok(Some(Item::Error(wire.into()))));
    }
    read_messages(lists.messages, &Party::default(), business, people, items);
}

fn read_threads(list: Raw<'_>, business: Option<&str>, people: &People, items: &mut Vec<Item>) {
    let mut threads = Vec::new();
    each("threads", list, items, |thread: Thread<'_>, _| {
        threads.push(thread);
        Ok(None)
    });
    for thread in threads {
        let customer = people.complete(customer(thread.id, thread.context.unwrap_or_default()));
        read_messages(thread.messages, &customer, business, people, items);
    }
}

/// A thread is named by the customer's phone, or by the user id where the business may not see the phone.
fn customer(thread: Option<String>, context: ThreadContext) -> Party {
    let (user_id, wa_id) =
        thread.map_or((None, None), |id| if is_bsuid(&id) { (Some(id), None) } else { (None, Some(id)) });
    Party {
        wa_id: wa_id.or(context.wa_id),
        user_id: user_id.or(context.user_id),
        parent_user_id: context.parent_user_id,
        profile_name: None,
        username: context.username,
    }
}

fn read_messages(
    list: Raw<'_>,
    customer: &Party,
    business: Option<&str>,
    people: &People,
    items: &mut Vec<Item>,
) {
    each("messages", list, items, |wire, raw| read_message(wire, raw, customer, business, people).map(Some));
}

fn read_message(
    mut wire: Wire<'_>,
    raw: &RawValue,
    thread: &Party,
    business: Option<&str>,
    people: &People,
) -> Result<Item, Problem> {
    let content = match message::body(&wire, raw, &[])? {
        InboundBody::Content(content) | InboundBody::Rekey { note: content, .. } => content,
        // There is no place for these in imported history.
        InboundBody::Reaction { .. } | InboundBody::Edit { .. } | InboundBody::Revoke { .. } => {
            return Ok(update(whole(raw)));
        }
    };
    let from_business = is_from_business(&wire, thread, business);
    let customer = if is_nobody(thread) {
        people.complete(if from_business { wire.recipient() } else { wire.sender() })
    } else {
        thread.clone()
    };
    if is_nobody(&customer) {
        return Err(Problem::new("no field names the customer"));
    }
    let status = wire.history_context.take().and_then(|context| context.status());
    Ok(Item::History(HistoryMessage {
        wamid: wire.wamid()?,
        customer,
        from_business,
        timestamp: wire.time()?,
        content,
        status: status.filter(|_| from_business),
        context: wire.context(),
    }))
}

/// By the writer's number where there is one, else by who is named: only messages of the business name a recipient.
fn is_from_business(wire: &Wire<'_>, thread: &Party, business: Option<&str>) -> bool {
    let same = |from: &str, phone: &str| match_key(from) == match_key(phone);
    match (wire.from.as_deref(), thread.wa_id.as_deref()) {
        _ if wire.from_user_id.is_some() => false,
        (Some(from), _) if business.is_some_and(|business| same(from, business)) => true,
        (Some(from), Some(customer)) => !same(from, customer),
        _ => wire.to.is_some() || wire.to_user_id.is_some(),
    }
}
