//! Messages with all that a plan asks for, in a fixed number of statements.

use super::details::{MessageVersion, Reaction};
use super::{Message, MessagePlan, user_id};
use crate::graphql::context::Reader;
use crate::graphql::conversations::Conversation;
use crate::graphql::errors::Result;
use crate::graphql::load::{self, Related, Resource, Selection};
use crate::graphql::media::Media;
use crate::graphql::users::User;
use entities::{ConversationId, MessageId, message, message_retry};
use futures_util::future::{BoxFuture, FutureExt};
use inbox::events::LoggedEvent;
use inbox::store::messages as store;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

impl Resource for Message {
    type Id = MessageId;
    type Row = message::Model;
    type Plan = MessagePlan;

    fn plan(selection: &Selection<'_>) -> MessagePlan {
        MessagePlan::of(selection)
    }

    fn id_of(row: &message::Model) -> MessageId {
        row.id
    }

    fn at_hand(event: &LoggedEvent) -> Option<&Arc<message::Model>> {
        event.message.as_ref()
    }

    fn fetch(
        reader: Reader<'_>,
        ids: HashSet<MessageId>,
    ) -> BoxFuture<'_, inbox::Result<Vec<message::Model>>> {
        store::by_ids(reader.db(), reader.reach, ids).boxed()
    }

    fn build<'a>(
        reader: Reader<'a>,
        rows: Vec<Arc<message::Model>>,
        plan: &'a MessagePlan,
    ) -> BoxFuture<'a, Result<Vec<Self>>> {
        async move {
            let conversations: Vec<_> = rows.iter().map(|row| row.conversation_id).collect();
            let actors: Vec<_> = rows.iter().filter_map(|row| user_id(row)).collect();
            let (conversations, quoted, mut retries, actors, mut hanging) = tokio::try_join!(
                load::load_many::<Conversation>(reader, plan.conversation.as_deref(), conversations),
                quoted(reader, plan.reply_to.as_deref(), &rows),
                retries(reader, plan.retry.as_deref(), &rows),
                load::load_many::<User>(reader, plan.actor.as_ref(), actors),
                Hanging::read(reader, plan, &rows),
            )?;
            let message = |row: Arc<message::Model>| Self {
                conversation: conversations.related(Some(row.conversation_id)).map(Arc::new),
                reply_to: quoted.as_ref().map_or(Related::NotRead, |quoted| Related::Read(quoted.by(&row))),
                retry: related(&mut retries, row.id),
                actor: actors.related(user_id(&row)),
                reactions: related(&mut hanging.reactions, row.id),
                media: related(&mut hanging.media, row.id),
                versions: related(&mut hanging.versions, row.id),
                hidden: reader.app.config.revoked_messages.hides(row.revoked_at),
                row,
            };
            Ok(rows.into_iter().map(message).collect())
        }
        .boxed()
    }
}

type ByMessage<T> = HashMap<MessageId, T>;

/// Rows that hang on messages; `None` where the plan does not ask.
#[derive(Default)]
struct Hanging {
    reactions: Option<ByMessage<Arc<[Reaction]>>>,
    media: Option<ByMessage<Media>>,
    versions: Option<ByMessage<Arc<[MessageVersion]>>>,
}

impl Hanging {
    async fn read(reader: Reader<'_>, plan: &MessagePlan, rows: &[Arc<message::Model>]) -> Result<Self> {
        let mut found = Self::default();
        if rows.is_empty() {
            return Ok(found);
        }
        let ids: Vec<MessageId> = rows.iter().map(|row| row.id).collect();
        let (db, reach, revoked) = (reader.db(), reader.reach, reader.app.config.revoked_messages);
        if plan.reactions {
            let groups =
                load::group(store::reactions(db, reach, ids.iter().copied()).await?, |row| row.message_id);
            let reactions =
                |(id, rows): (_, Vec<_>)| (id, rows.into_iter().filter_map(Reaction::of).collect());
            found.reactions = Some(groups.into_iter().map(reactions).collect());
        }
        if plan.media {
            let files = inbox::store::media::of_messages(db, reach, revoked, ids.iter().copied()).await?;
            // The first file of a message is written last.
            let files =
                files.into_iter().rev().filter_map(|file| Some((file.row.message_id?, Media::from(file))));
            found.media = Some(files.collect());
        }
        if plan.versions {
            let groups = load::group(store::versions(db, reach, ids).await?, |row| row.message_id);
            let hidden = rows.iter().filter(|row| revoked.hides(row.revoked_at));
            let hidden: HashSet<MessageId> = hidden.map(|row| row.id).collect();
            let versions = |(id, rows): (_, Vec<_>)| {
                let version = |row| MessageVersion::of(row, hidden.contains(&id));
                (id, rows.iter().map(version).collect())
            };
            found.versions = Some(groups.into_iter().map(versions).collect());
        }
        Ok(found)
    }
}

fn related<T>(found: &mut Option<ByMessage<T>>, id: MessageId) -> Related<T> {
    found.as_mut().map_or(Related::NotRead, |found| Related::Read(found.remove(&id)))
}

/// Messages that others quote, by the conversation and the provider's id.
pub(super) struct Quoted(HashMap<(ConversationId, String), Arc<Message>>);

impl Quoted {
    /// The one that this message quotes: always of the same conversation.
    pub(super) fn by(&self, row: &message::Model) -> Option<Arc<Message>> {
        let key = (row.conversation_id, row.reply_to_wamid.clone()?);
        self.0.get(&key).cloned()
    }
}

/// The messages that these quote, if there is a plan for them.
pub(super) async fn quoted(
    reader: Reader<'_>,
    plan: Option<&MessagePlan>,
    rows: &[Arc<message::Model>],
) -> Result<Option<Quoted>> {
    let Some(plan) = plan else { return Ok(None) };
    let wamids: HashSet<String> = rows.iter().filter_map(|row| row.reply_to_wamid.clone()).collect();
    if wamids.is_empty() {
        return Ok(Some(Quoted(HashMap::new())));
    }
    let found = store::by_wamids(reader.db(), reader.reach, wamids).await?;
    let keys: Vec<_> =
        found.iter().map(|row| (row.conversation_id, row.wamid.clone().unwrap_or_default())).collect();
    let built = Message::build(reader, found.into_iter().map(Arc::new).collect(), plan).await?;
    Ok(Some(Quoted(keys.into_iter().zip(built.into_iter().map(Arc::new)).collect())))
}

/// The messages that were sent in place of these, if there is a plan for them.
pub(super) async fn retries(
    reader: Reader<'_>,
    plan: Option<&MessagePlan>,
    rows: &[Arc<message::Model>],
) -> Result<Option<ByMessage<Arc<Message>>>> {
    let Some(plan) = plan else { return Ok(None) };
    // What never failed was not sent again.
    let unsent = rows.iter().filter(|row| row.failed_at.is_some());
    let unsent: Vec<MessageId> = unsent.map(|row| row.id).collect();
    if unsent.is_empty() {
        return Ok(Some(HashMap::new()));
    }
    let links = store::retries(reader.db(), unsent).await?;
    let sent = load::load_many::<Message>(reader, Some(plan), links.iter().map(|link| link.retry_id)).await?;
    let retry =
        |link: message_retry::Model| Some((link.message_id, Arc::new(sent.get(link.retry_id)?.clone())));
    Ok(Some(links.into_iter().filter_map(retry).collect()))
}
