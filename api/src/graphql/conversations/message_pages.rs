//! The messages of many conversations at once: a list of conversations with the newest messages of each costs the same
//! however many there are.

use crate::graphql::context::Reader;
use crate::graphql::errors::Result;
use crate::graphql::load::{Resource, Selection};
use crate::graphql::messages::{Message, MessagePlan};
use crate::graphql::ordering::{MessageOrder, direction};
use crate::graphql::paging::{Connection, List, MAX_SIZE, PageArguments};
use async_graphql::{InputType, Name, Value};
use entities::ConversationId;
use inbox::store::messages as store;
use inbox::store::page::{Direction, Page, PageRequest};
use std::collections::HashMap;
use std::sync::Arc;

/// What a selection asks of the messages of each conversation: of all the same, and from an end of the list.
#[derive(Clone, Debug)]
pub(super) struct MessagePagesPlan {
    request: PageRequest,
    counted: bool,
    message: MessagePlan,
}

/// A page of messages that was read along with its conversation.
#[derive(Clone, Debug)]
pub(super) struct MessagePage {
    request: PageRequest,
    connection: Connection<Message>,
}

impl MessagePagesPlan {
    /// None if messages are not asked for, or not everywhere in the same way, or wrongly: then each conversation reads for
    /// itself, or says what is wrong.
    pub(super) fn of(selection: &Selection<'_>) -> Option<Self> {
        let arguments = selection.arguments("messages")?;
        let order: Option<MessageOrder> = argument(&arguments, "orderBy")?;
        let arguments = PageArguments {
            first: argument(&arguments, "first")?,
            last: argument(&arguments, "last")?,
            after: argument(&arguments, "after")?,
            before: argument(&arguments, "before")?,
        };
        let below = selection.field("messages")?;
        Some(Self {
            request: request(direction(order.map(|order| order.direction)), &arguments)?,
            counted: below.has(&["totalCount"]),
            message: MessagePlan::of(&below.items()),
        })
    }

    /// The page of each of these conversations.
    pub(super) async fn read(
        &self,
        reader: Reader<'_>,
        conversations: &[ConversationId],
    ) -> Result<HashMap<ConversationId, Arc<MessagePage>>> {
        let (db, reach) = (reader.db(), reader.reach);
        let ids = || conversations.iter().copied();
        let pages = store::page_of_each(db, reach, ids(), &self.request).await?;
        let counts =
            if self.counted { store::count_of_each(db, reach, ids()).await? } else { HashMap::new() };
        let rows = pages.values().flat_map(|page| &page.rows).cloned().map(Arc::new).collect();
        let mut messages = Message::build(reader, rows, &self.message).await?.into_iter();
        let page = |(id, page): (ConversationId, Page<_>)| {
            let nodes = messages.by_ref().take(page.rows.len()).collect();
            let total = self.counted.then(|| counts.get(&id).copied().unwrap_or(0));
            let connection = Connection::new(List::Messages, &page, store::position, nodes, total);
            (id, Arc::new(MessagePage { request: self.request, connection }))
        };
        Ok(pages.into_iter().map(page).collect())
    }
}

impl MessagePage {
    /// The page, if it is the one that these arguments mean.
    pub(super) fn answer(
        &self,
        direction: Direction,
        arguments: &PageArguments,
    ) -> Option<Connection<Message>> {
        (request(direction, arguments)? == self.request).then(|| self.connection.clone())
    }
}

/// None if the arguments are wrong, or go on from a place.
fn request(direction: Direction, arguments: &PageArguments) -> Option<PageRequest> {
    if arguments.after.is_some() || arguments.before.is_some() {
        return None;
    }
    let take = arguments.take(MAX_SIZE).ok()?;
    Some(PageRequest { direction, after: None, before: None, take, wants_previous: false, wants_next: false })
}

/// None if it is wrong.
fn argument<T: InputType>(arguments: &HashMap<Name, Value>, name: &str) -> Option<Option<T>> {
    <Option<T> as InputType>::parse(arguments.get(name).cloned()).ok()
}
