//! What changes, as it changes: subscriptions over the change log.

mod filter;
mod types;

use super::context::{Reader, Resumption, Rights, app, viewer};
use super::conversations::{Conversation, ConversationPlan};
use super::errors::Result;
use super::global_id::GlobalId;
use super::load::{self, Selection};
use super::messages::{Message, MessagePlan};
use super::notifications::{InboxNotification, NotificationPlan};
use super::scalars::Cursor;
use async_graphql::{Context, ID, Subscription};
use entities::{ConversationId, EventKind as Kind};
use filter::{EventFilter, Scope};
use futures_util::{Stream, StreamExt, stream};
use inbox::App;
use inbox::events::{Feed, LoggedEvent};
use inbox::store::conversations as store;
use std::sync::Arc;
#[cfg(test)]
pub(super) use types::cursor;
use types::{Event, EventPlan, place};

const NOT_FOUND: inbox::Error = inbox::Error::NotFound("conversation");

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
        let rights = Rights::of(viewer(ctx)?);
        let resumption = Resumption::of(ctx);
        let after = resumption.after().or(after).map(|cursor| place(&cursor)).transpose()?;
        let plan = Arc::new(EventPlan::of(&Selection::new([ctx.look_ahead()])));
        let mut scope = filter.unwrap_or_default().scope(rights)?;
        // Subscribers that share an execution see the same, and no two people are told the same: who does not ask for
        // notifications gets none, and who does shares with nobody else.
        scope.told = viewer(ctx)?.user_id().filter(|_| plan.notification.is_some());
        let scope = Arc::new(scope);
        let app = app(ctx).clone();
        let feed = app.events.subscribe(after).into_stream();
        let items = feed.filter_map(move |feed| {
            let (app, plan, scope) = (app.clone(), Arc::clone(&plan), Arc::clone(&scope));
            async move {
                match &feed {
                    Feed::Event(event) => {
                        if let Some(lost) = scope.loses(event) {
                            return Some(Ok(Event::lost(event, lost)));
                        }
                        if !scope.covers(event) {
                            return None;
                        }
                    }
                    Feed::Resync { .. } | Feed::Heartbeat { .. } => {}
                }
                Event::of(&app, rights, &plan, feed).await.transpose()
            }
        });
        Ok(items.inspect(move |item| {
            if let Ok(item) = item {
                resumption.reach(item.at());
            }
        }))
    }

    /// Messages as they appear: what customers write, and what is sent to them. Of one conversation: ends with the error
    /// NOT_FOUND when the conversation is given to somebody else and the caller sees only its own.
    async fn message_added(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those of this conversation.")] conversation_id: Option<ID>,
    ) -> Result<impl Stream<Item = Result<Message>> + use<>> {
        messages(ctx, Kind::MessageAdded, conversation_id.as_ref()).await
    }

    /// Messages whose status, content, reactions or other parts changed. Of one conversation: ends with the error NOT_FOUND
    /// when the conversation is given to somebody else and the caller sees only its own.
    async fn message_updated(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those of this conversation.")] conversation_id: Option<ID>,
    ) -> Result<impl Stream<Item = Result<Message>> + use<>> {
        messages(ctx, Kind::MessageUpdated, conversation_id.as_ref()).await
    }

    /// Conversations that changed: mode, owner, unread count, a window that closed and the rest. A new message changes its conversation too,
    /// so an inbox that listens here is always up to date. A conversation that the caller loses sight of is told by
    /// `events`.
    async fn conversation_updated(
        &self,
        ctx: &Context<'_>,
    ) -> Result<impl Stream<Item = Result<Conversation>> + use<>> {
        let kinds = Some(vec![Kind::ConversationUpdated, Kind::ConversationWindowClosed, Kind::MessageAdded]);
        let rights = Rights::of(viewer(ctx)?);
        let scope = Scope { kinds, ..Scope::all(rights) };
        let plan = Arc::new(ConversationPlan::of(&Selection::new([ctx.look_ahead()])));
        let app = app(ctx).clone();
        Ok(changes(&app).filter_map(move |event| {
            let (app, plan, covered) = (app.clone(), Arc::clone(&plan), scope.covers(&event));
            async move {
                let id = event.conversation_id.filter(|_| covered)?;
                load::load_one::<Conversation>(reader(&app, rights, &event), &plan, id).await.transpose()
            }
        }))
    }

    /// Tells the caller about new messages in conversations that are its to answer: its own and, if it sees all, those that
    /// nobody owns. Comes once for all that is new, each time that the job CHECK_NEW_WHATSAPP_MESSAGES finds something. Only
    /// for people.
    async fn inbox_notification(
        &self,
        ctx: &Context<'_>,
    ) -> Result<impl Stream<Item = Result<InboxNotification>> + use<>> {
        let rights = Rights::of(viewer(ctx)?);
        let kinds = Some(vec![Kind::InboxNotification]);
        let scope = Scope { kinds, told: viewer(ctx)?.user_id(), ..Scope::all(rights) };
        let plan = Arc::new(NotificationPlan::of(&Selection::new([ctx.look_ahead()])));
        let app = app(ctx).clone();
        Ok(changes(&app).filter_map(move |event| {
            let (app, plan, covered) = (app.clone(), Arc::clone(&plan), scope.covers(&event));
            async move {
                let row = event.notification.as_ref().filter(|_| covered)?;
                Some(InboxNotification::of(reader(&app, rights, &event), &plan, row).await)
            }
        }))
    }
}

async fn messages(
    ctx: &Context<'_>,
    kind: Kind,
    conversation: Option<&ID>,
) -> Result<impl Stream<Item = Result<Message>> + use<>> {
    let conversation = ConversationId::parse_option("conversationId", conversation)?;
    let rights = Rights::of(viewer(ctx)?);
    let app = app(ctx).clone();
    // Before the look whether it is there: what happens meanwhile comes too.
    let changes = changes(&app);
    if let Some(id) = conversation
        && store::by_ids(app.db.read(), rights.reach, [id]).await?.is_empty()
    {
        return Err(NOT_FOUND.into());
    }
    let scope = Scope {
        kinds: Some(vec![kind]),
        conversations: conversation.map(|id| vec![id]),
        ..Scope::all(rights)
    };
    let plan = Arc::new(MessagePlan::of(&Selection::new([ctx.look_ahead()])));
    let listening = Some((Box::pin(changes), scope));
    Ok(stream::unfold(listening, move |listening| {
        let (app, plan) = (app.clone(), Arc::clone(&plan));
        async move {
            let (mut changes, scope) = listening?;
            loop {
                let event = changes.next().await?;
                if conversation.is_some() && scope.loses(&event).is_some() {
                    return Some((Err(NOT_FOUND.into()), None));
                }
                let Some(id) = event.message_id.filter(|_| scope.covers(&event)) else { continue };
                let message = load::load_one::<Message>(reader(&app, rights, &event), &plan, id).await;
                if let Some(message) = message.transpose() {
                    return Some((message, Some((changes, scope))));
                }
            }
        }
    }))
}

/// What happens from now on.
fn changes(app: &App) -> impl Stream<Item = Arc<LoggedEvent>> + use<> {
    app.events.subscribe(None).into_stream().filter_map(|feed| {
        let event = match feed {
            Feed::Event(event) => Some(event),
            Feed::Resync { .. } | Feed::Heartbeat { .. } => None,
        };
        std::future::ready(event)
    })
}

/// Reads that need not fetch what an event carries.
fn reader<'a>(app: &'a App, rights: Rights, event: &'a LoggedEvent) -> Reader<'a> {
    Reader { at_hand: Some(event), ..Reader::with(app, rights) }
}
