//! Reading messages.

use super::{Message, MessageFilter, MessagePlan};
use crate::graphql::context::Reader;
use crate::graphql::errors::Result;
use crate::graphql::global_id::GlobalId;
use crate::graphql::load::{self, Selection};
use crate::graphql::ordering::{MessageOrder, direction};
use crate::graphql::paging::{self, Connection, List, Listing, MAX_EXPORT_SIZE, PageArguments};
use crate::graphql::scalars::Cursor;
use async_graphql::{Context, ID, Object};
use entities::MessageId;
use inbox::store::messages as store;

/// A page of the messages that match, as the selection of the current field asks for it.
pub(in crate::graphql) async fn connection(
    ctx: &Context<'_>,
    filter: &MessageFilter,
    order_by: Option<MessageOrder>,
    arguments: PageArguments,
    max: i32,
) -> Result<Connection<Message>> {
    let filter = &filter.to_store()?;
    let list = Listing {
        list: List::Messages,
        max,
        direction: direction(order_by.map(|order| order.direction)),
        arguments,
        position: store::position,
    };
    paging::connection(
        ctx,
        list,
        |reader, request| async move { store::page(reader.db(), reader.reach, filter, &request).await },
        |reader| async move { store::count(reader.db(), reader.reach, filter).await },
    )
    .await
}

#[derive(Default)]
pub(in crate::graphql) struct MessageQueries;

#[Object]
impl MessageQueries {
    /// One message. Null if there is none, or none for the caller.
    async fn message(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The message's id.")] id: ID,
    ) -> Option<Result<Message>> {
        let read = async {
            let reader = Reader::new(ctx)?;
            let plan = MessagePlan::of(&Selection::new([ctx.look_ahead()]));
            load::load_one(reader, &plan, MessageId::parse("id", &id)?).await
        };
        read.await.transpose()
    }

    /// Messages of all conversations, newest first unless asked otherwise. Made for exports too: a page has up to 500
    /// items, and going on from `endCursor` neither skips nor repeats any.
    #[expect(clippy::too_many_arguments, reason = "each is an argument of the schema")]
    async fn messages(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only messages that match all of this.")] filter: Option<MessageFilter>,
        #[graphql(desc = "How the list is ordered; newest first if absent.")] order_by: Option<MessageOrder>,
        #[graphql(desc = "The first items, at most 500; 25 if neither first nor last is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only items behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "The last items instead of the first, at most 500.")] last: Option<i32>,
        #[graphql(desc = "Only items ahead of this cursor.")] before: Option<Cursor>,
    ) -> Result<Connection<Message>> {
        let filter = filter.unwrap_or_default();
        let arguments = PageArguments { first, after, last, before };
        connection(ctx, &filter, order_by, arguments, MAX_EXPORT_SIZE).await
    }
}
