//! The timeline of a conversation: who changed what when and why, with the state after it.

use crate::auth::Viewer;
use crate::clock::Ids;
use crate::domain::timeline;
use crate::error::Result;
use crate::store::{Tx, timeline as store};
use entities::{
    ActorKind, ChangeCause, ConversationChangeKind, MessageId, Timestamp, conversation, conversation_change,
};
use uuid::Uuid;

/// Why a conversation changed.
#[derive(Clone, Debug)]
pub(crate) struct Why {
    pub(crate) cause: ChangeCause,
    /// Who did it; none for the customer and for the business's phone.
    pub(crate) actor: Option<(ActorKind, Option<Uuid>)>,
    pub(crate) message_id: Option<MessageId>,
}

impl Why {
    /// Somebody asked for it.
    pub(crate) fn request(viewer: &Viewer) -> Self {
        Self { cause: ChangeCause::Request, actor: Some(viewer.actor()), message_id: None }
    }

    /// Somebody sent a message.
    pub(crate) fn sent(viewer: &Viewer, message: MessageId) -> Self {
        let (cause, actor) = (ChangeCause::MessageSent, Some(viewer.actor()));
        Self { cause, actor, message_id: Some(message) }
    }

    /// A webhook told it.
    pub(crate) fn webhook(cause: ChangeCause, message_id: Option<MessageId>) -> Self {
        Self { cause, actor: None, message_id }
    }

    /// A line about `kind`, with the state after it.
    pub(crate) fn line(
        &self,
        ids: &Ids,
        kind: ConversationChangeKind,
        after: &conversation::Model,
        now: Timestamp,
    ) -> conversation_change::Model {
        let (actor_kind, actor_id) = self.actor.unzip();
        conversation_change::Model {
            id: ids.next(),
            conversation_id: after.id,
            kind,
            cause: self.cause,
            occurred_at: now,
            actor_kind,
            actor_id: actor_id.flatten(),
            message_id: self.message_id,
            owner_id: after.owner_id,
            mode: after.mode,
            assistant_id: after.assistant_id,
            assistant_active: after.assistant_active,
            archived: after.archived,
            control_epoch: after.control_epoch,
            reason: None,
            summary: None,
        }
    }

    /// The line that leads from one state to another, if there is anything to tell.
    pub(crate) fn between(
        &self,
        ids: &Ids,
        before: &conversation::Model,
        after: &conversation::Model,
        now: Timestamp,
    ) -> Option<conversation_change::Model> {
        timeline::change(before, after).map(|kind| self.line(ids, kind, after, now))
    }
}

/// Writes down what changed from `before` to `after`.
pub(crate) async fn record(
    tx: &Tx,
    ids: &Ids,
    before: &conversation::Model,
    after: &conversation::Model,
    why: &Why,
) -> Result<()> {
    match why.between(ids, before, after, tx.now()) {
        Some(line) => store::insert(tx.conn(), line).await,
        None => Ok(()),
    }
}

/// Writes down that a conversation began.
pub(crate) async fn opened(tx: &Tx, ids: &Ids, row: &conversation::Model, why: &Why) -> Result<()> {
    store::insert(tx.conn(), why.line(ids, ConversationChangeKind::Opened, row, tx.now())).await
}
