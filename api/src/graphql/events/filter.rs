//! Which changes a subscriber receives.

use super::types::EventKind;
use crate::graphql::context::Rights;
use crate::graphql::errors::{Failure, Result};
use crate::graphql::global_id::GlobalId;
use async_graphql::{ID, InputObject};
use entities::{ChannelId, ConversationId, UserId};
use inbox::auth::Reach;
use inbox::events::LoggedEvent;

/// Entries of one list at most.
const LONGEST: usize = 100;

/// Which changes. What is absent or null does not matter; what is given must all be so.
#[derive(Clone, Debug, Default, InputObject)]
pub(super) struct EventFilter {
    /// Only those in these conversations, at most 100.
    conversation_ids: Option<Vec<ID>>,
    /// Only those of these kinds.
    kinds: Option<Vec<EventKind>>,
    /// Only those over these numbers, at most 100.
    channel_ids: Option<Vec<ID>>,
}

impl EventFilter {
    /// What it lets through to a caller.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for ids of other types and for lists that are too long.
    pub(super) fn scope(self, rights: Rights) -> Result<Scope> {
        let kinds = |kinds: Vec<EventKind>| kinds.into_iter().map(Into::into).collect();
        Ok(Scope {
            reach: rights.reach,
            may_edit: rights.may_edit,
            told: None,
            conversations: ids::<ConversationId>("filter.conversationIds", self.conversation_ids)?,
            kinds: self.kinds.map(kinds),
            channels: ids::<ChannelId>("filter.channelIds", self.channel_ids)?,
        })
    }
}

fn ids<T: GlobalId>(argument: &str, ids: Option<Vec<ID>>) -> Result<Option<Vec<T>>> {
    let Some(ids) = ids else { return Ok(None) };
    if ids.len() > LONGEST {
        return Err(Failure::bad_input(argument, format_args!("at most {LONGEST} ids can be given")));
    }
    ids.iter().map(|id| T::parse(argument, id)).collect::<Result<_>>().map(Some)
}

/// What a subscriber wants and may see.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    pub(super) reach: Reach,
    pub(super) may_edit: bool,
    /// Whose notifications are within.
    pub(super) told: Option<UserId>,
    pub(super) conversations: Option<Vec<ConversationId>>,
    pub(super) kinds: Option<Vec<entities::EventKind>>,
    pub(super) channels: Option<Vec<ChannelId>>,
}

impl Scope {
    /// All that a caller may see.
    pub(super) fn all(Rights { reach, may_edit, .. }: Rights) -> Self {
        Self { reach, may_edit, told: None, conversations: None, kinds: None, channels: None }
    }

    /// Whether a change is within. Of a change that belongs to no conversation, only who sees everything learns; but a
    /// contact's may be seen through a conversation that the change does not name, so it is left to the reader of the
    /// contact; templates are for all who see conversations, and imports for all who may import; what somebody is told is for
    /// that person only.
    pub(super) fn covers(&self, event: &LoggedEvent) -> bool {
        if event.kind == entities::EventKind::InboxNotification {
            let told = event.notification.as_ref().map(|row| row.user_id);
            return told.is_some()
                && told == self.told
                && within(&self.kinds, Some(event.kind))
                && self.names(event);
        }
        let seen = match &event.conversation {
            _ if event.kind == entities::EventKind::ContactsImportUpdated => self.may_edit,
            Some(conversation) => self.reach.covers(conversation),
            None => match self.reach {
                Reach::All => true,
                Reach::Own(_) => matches!(
                    event.kind,
                    entities::EventKind::ContactUpdated | entities::EventKind::TemplateUpdated
                ),
                Reach::Nothing => false,
            },
        };
        seen && within(&self.kinds, Some(event.kind)) && self.names(event)
    }

    /// The conversation that a change took out of the caller's sight. Whatever kinds are wanted, this must be said: nothing
    /// more will come of it.
    pub(super) fn loses(&self, event: &LoggedEvent) -> Option<ConversationId> {
        let Reach::Own(user) = self.reach else { return None };
        let taken = event.former_owner() == Some(user)
            && event.conversation.as_ref().is_none_or(|conversation| !self.reach.covers(conversation));
        event.conversation_id.filter(|_| taken && self.names(event))
    }

    fn names(&self, event: &LoggedEvent) -> bool {
        within(&self.conversations, event.conversation_id) && within(&self.channels, event.channel_id)
    }
}

fn within<T: PartialEq>(wanted: &Option<Vec<T>>, found: Option<T>) -> bool {
    match (wanted, found) {
        (None, _) => true,
        (Some(wanted), Some(found)) => wanted.contains(&found),
        (Some(_), None) => false,
    }
}
