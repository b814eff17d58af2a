//! Which conversations to list.

use super::ConversationMode;
use crate::graphql::contacts::valid_tag;
use crate::graphql::errors::Result;
use crate::graphql::global_id::GlobalId;
use crate::graphql::scalars::DateTime;
use async_graphql::{ID, InputObject};
use entities::{ChannelId, Timestamp, UserId};
use inbox::domain::sendability::WINDOW;
use inbox::store::conversations::{self as store, WindowFilter};

/// Which conversations. What is absent or null does not matter; what is given must all be so.
#[derive(Clone, Debug, Default, InputObject)]
pub(in crate::graphql) struct ConversationFilter {
    /// True: only archived ones. False: only those in the inbox.
    archived: Option<bool>,
    /// Who may answer.
    mode: Option<ConversationMode>,
    /// Only those of this owner.
    owner_id: Option<ID>,
    /// True: only those that nobody owns (the guest does). False: only those that a person owns.
    unassigned: Option<bool>,
    /// True: only those with inbound messages that nobody has read. False: only those without.
    unread: Option<bool>,
    /// True: only those whose customer wrote within the last 24 hours, so that free-form messages are allowed. False:
    /// only the others.
    window_open: Option<bool>,
    /// Only those over this number.
    channel_id: Option<ID>,
    /// Only those with this tag, in whatever case.
    tag: Option<String>,
    /// Only those that changed at or after this moment.
    updated_since: Option<DateTime>,
}

impl ConversationFilter {
    /// In the store's terms.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for ids of other types.
    pub(super) fn to_store(&self, now: Timestamp) -> Result<store::ConversationFilter> {
        Ok(store::ConversationFilter {
            archived: self.archived,
            mode: self.mode.map(Into::into),
            owner_id: UserId::parse_option("filter.ownerId", self.owner_id.as_ref())?,
            unassigned: self.unassigned,
            unread: self.unread,
            window: self.window_open.map(|open| WindowFilter { open, wrote_after: now.minus(WINDOW) }),
            channel_id: ChannelId::parse_option("filter.channelId", self.channel_id.as_ref())?,
            tag: valid_tag(self.tag.as_deref())?,
            updated_since: self.updated_since.map(|moment| moment.0),
        })
    }
}
