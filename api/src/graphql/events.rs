//! What changes, as it changes: subscriptions over the change log.

mod filter;
mod types;

use super::context::{Reader, app, viewer};
use super::conversations::{Conversation, ConversationPlan};
use super::errors::Result;
use super::global_id::GlobalId;
use super::load::{self, Selection};
use super::messages::{Message, MessagePlan};
use super::scalars::Cursor;
use async_graphql::{Context, ID, Subscription};
use entities::{ConversationId, EventKind as Kind};
use filter::{EventFilter, Scope};
use futures_util::{Stream, StreamExt};
use inbox::App;
use inbox::auth::Reach;
use inbox::events::{Feed, LoggedEvent};
use std::sync::Arc;
#[cfg(test)]
pub(super) use types::cursor;
use types::{Event, EventPlan, place};

#[derive(Default)]
pub(super) struct EventSubscriptions;

#[Subscription]
impl EventSubscriptions {
    /// The whole change log that the caller may see, in the order of commit: first what came after the cursor, then
    /// what comes, with no hole and no double between. Each item carries its cursor, also the heartbeats that come while
    /// nothing happens.
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Go on behind this cursor. Without it only what happens from now on is sent.")]
        after: Option<Cursor>,
        #[graphql(
            desc = "Only changes that match all of this. Heartbeats and `ResyncRequired` come all the same."
        )]
        filter: Option<EventFilter>,
    ) -> Result<impl Stream<Item = Result<Event>> + use<>> {
        let reach = viewer(ctx)?.reach();
        let after = after.map(|cursor| place(&cursor)).transpose()?;
        let scope = filter.unwrap_or_default().scope(reach)?;
        let plan = Arc::new(EventPlan::of(&Selection::new([ctx.look_ahead()])));
        let app = app(ctx).clone();
        let feed = app.events.subscribe(after).into_stream();
        Ok(feed.filter_map(move |feed| {
            let (app, plan) = (app.clone(), Arc::clone(&plan));
            let covered = match &feed {
                Feed::Event(event) => scope.covers(event),
                Feed::Resync { .. } | Feed::Heartbeat { .. } => true,
            };
            async move {
                if !covered {
                    return None;
                }
                Event::of(&app, reach, &plan, feed).await.transpose()
            }
        }))
    }

    /// Messages as they appear: what customers write, and what is sent to them.
    async fn message_added(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those of this conversation.")] conversation_id: Option<ID>,
    ) -> Result<impl Stream<Item = Result<Message>> + use<>> {
        messages(ctx, Kind::MessageAdded, conversation_id.as_ref())
    }

    /// Messages whose status, content, reactions or other parts changed.
    async fn message_updated(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those of this conversation.")] conversation_id: Option<ID>,
    ) -> Result<impl Stream<Item = Result<Message>> + use<>> {
        messages(ctx, Kind::MessageUpdated, conversation_id.as_ref())
    }

    /// Conversations that changed: mode, owner, unread count and the rest. A new message changes its conversation too,
    /// so an inbox that listens here is always up to date.
    async fn conversation_updated(
        &self,
        ctx: &Context<'_>,
    ) -> Result<impl Stream<Item = Result<Conversation>> + use<>> {
        let kinds = Some(vec![Kind::ConversationUpdated, Kind::MessageAdded]);
        let reach = viewer(ctx)?.reach();
        let scope = Scope { kinds, ..Scope::all(reach) };
        let plan = Arc::new(ConversationPlan::of(&Selection::new([ctx.look_ahead()])));
        let app = app(ctx).clone();
        Ok(changes(&app, scope).filter_map(move |event| {
            let (app, plan) = (app.clone(), Arc::clone(&plan));
            async move {
                let id = event.conversation_id?;
                load::load_one::<Conversation>(reader(&app, reach, &event), &plan, id).await.transpose()
            }
        }))
    }
}

fn messages(
    ctx: &Context<'_>,
    kind: Kind,
    conversation: Option<&ID>,
) -> Result<impl Stream<Item = Result<Message>> + use<>> {
    let conversation = ConversationId::parse_option("conversationId", conversation)?;
    let reach = viewer(ctx)?.reach();
    let conversations = conversation.map(|id| vec![id]);
    let scope = Scope { kinds: Some(vec![kind]), conversations, ..Scope::all(reach) };
    let plan = Arc::new(MessagePlan::of(&Selection::new([ctx.look_ahead()])));
    let app = app(ctx).clone();
    Ok(changes(&app, scope).filter_map(move |event| {
        let (app, plan) = (app.clone(), Arc::clone(&plan));
        async move {
            let id = event.message_id?;
            load::load_one::<Message>(reader(&app, reach, &event), &plan, id).await.transpose()
        }
    }))
}

/// What happens from now on within a scope.
fn changes(app: &App, scope: Scope) -> impl Stream<Item = Arc<LoggedEvent>> + use<> {
    app.events.subscribe(None).into_stream().filter_map(move |feed| {
        let event = match feed {
            Feed::Event(event) if scope.covers(&event) => Some(event),
            Feed::Event(_) | Feed::Resync { .. } | Feed::Heartbeat { .. } => None,
        };
        std::future::ready(event)
    })
}

/// Reads that need not fetch what an event carries.
fn reader<'a>(app: &'a App, reach: Reach, event: &'a LoggedEvent) -> Reader<'a> {
    Reader { app, reach, at_hand: Some(event) }
}
