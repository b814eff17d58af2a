//! Closed sets of what operators look at.

use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};

stored_enums! {
    /// What a webhook changed.
    WebhookEffectKind {
        /// A contact was made.
        ContactCreated = "CONTACT_CREATED",
        /// A conversation began.
        ConversationOpened = "CONVERSATION_OPENED",
        /// A message appeared.
        MessageAdded = "MESSAGE_ADDED",
        /// A status of a message of the business.
        StatusRecorded = "STATUS_RECORDED",
        /// A message was edited, revoked, completed or reacted to.
        MessageChanged = "MESSAGE_CHANGED",
        /// A contact said what it wants of marketing.
        PreferenceRecorded = "PREFERENCE_RECORDED",
        /// A contact got a name, other ids, or became one with another.
        ContactChanged = "CONTACT_CHANGED",
        /// The provider announced something about account, numbers or templates.
        UpdateAnnounced = "UPDATE_ANNOUNCED",
    }
}
