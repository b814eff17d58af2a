//! The one thread of a contact on a channel.

use crate::{AssistantId, ChannelId, ContactId, ConversationId, MessageId, Mode, Timestamp, UserId};
use sea_orm::entity::prelude::*;

/// A row of `conversation`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "conversation")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ConversationId,
    /// With whom.
    pub contact_id: ContactId,
    /// Over which number.
    pub channel_id: ChannelId,
    /// Who answers for it.
    pub owner_id: UserId,
    /// Who may answer: the assistant or people.
    pub mode: Mode,
    /// The assistant assigned, if any.
    pub assistant_id: Option<AssistantId>,
    /// False once the assistant handed off.
    pub assistant_active: bool,
    /// Raised by every change of control; an answer begun under an older number is void.
    pub control_epoch: i64,
    /// Out of the inbox until the customer writes again.
    pub archived: bool,
    /// Inbound messages that nobody has read.
    pub unread_count: i32,
    /// The newest by (provider's time, id).
    pub last_message_id: Option<MessageId>,
    /// Its provider's time.
    pub last_message_at: Option<Timestamp>,
    /// What the inbox is ordered by.
    pub last_activity_at: Timestamp,
    /// Provider's time of the customer's newest message: opens the 24-hour window.
    pub last_inbound_at: Option<Timestamp>,
    /// The provider refused a free-form message (131047) since the customer last wrote.
    pub window_closed_by_provider: bool,
    /// The `last_inbound_at` up to which the customer was shown that the messages were read.
    pub read_receipt_at: Option<Timestamp>,
    /// When the customer was last told to wait.
    pub waiting_message_at: Option<Timestamp>,
    /// When the assistant last gave it to people.
    pub handed_off_at: Option<Timestamp>,
    /// What was said before then is none of the assistant's business: people dealt with it.
    pub assistant_context_at: Option<Timestamp>,
    /// When it began.
    pub created_at: Timestamp,
    /// Last change of anything here.
    pub updated_at: Timestamp,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
