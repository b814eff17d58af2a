//! What a person is told about new messages.

use super::context::Reader;
use super::conversations::{Conversation, ConversationPlan};
use super::errors::Result;
use super::load::{self, Selection};
use super::scalars::DateTime;
use async_graphql::SimpleObject;
use entities::inbox_notification;
use inbox::store::notifications::conversations_of;

/// There are new messages in conversations that are the caller's to answer: its own and, if it sees all, those that nobody
/// owns.
#[derive(Clone, Debug, SimpleObject)]
pub(super) struct InboxNotification {
    /// All unread messages in these conversations, old and new.
    unread_messages: i32,
    /// In how many of them there are any.
    unread_conversations: i32,
    /// Unread messages that the caller was not told of before.
    new_messages: i32,
    /// Where the new ones are, as they are now: at most 100, and only those that the caller still sees.
    conversations: Vec<Conversation>,
    /// When it was told.
    created_at: DateTime,
}

/// What a selection asks of a notification beyond its row.
#[derive(Debug, Default)]
pub(super) struct NotificationPlan {
    conversations: Option<ConversationPlan>,
}

impl NotificationPlan {
    /// The plan of a selection on `InboxNotification`.
    pub(super) fn of(selection: &Selection<'_>) -> Self {
        let conversations = selection.field("conversations");
        Self { conversations: conversations.map(|below| ConversationPlan::of(&below)) }
    }
}

impl InboxNotification {
    /// From its row, for the one who is told.
    pub(super) async fn of(
        reader: Reader<'_>,
        plan: &NotificationPlan,
        row: &inbox_notification::Model,
    ) -> Result<Self> {
        let count = |count: i64| i32::try_from(count).unwrap_or(i32::MAX);
        let ids = conversations_of(row)?;
        let found =
            load::load_many::<Conversation>(reader, plan.conversations.as_ref(), ids.iter().copied()).await?;
        Ok(Self {
            unread_messages: count(row.unread_messages),
            unread_conversations: count(row.unread_conversations),
            new_messages: count(row.new_messages),
            conversations: ids.iter().filter_map(|id| found.get(*id).cloned()).collect(),
            created_at: row.created_at.into(),
        })
    }
}
