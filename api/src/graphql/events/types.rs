//! The types of changes.

use crate::graphql::assistants::{AssistantRun, AssistantRunPlan};
use crate::graphql::channels::{Channel, ChannelPlan};
use crate::graphql::contacts::{Contact, ContactPlan, ContactsImport};
use crate::graphql::context::{Reader, Rights};
use crate::graphql::conversations::{Conversation, ConversationChange, ConversationPlan};
use crate::graphql::errors::{Failure, Result};
use crate::graphql::global_id::GlobalId;
use crate::graphql::load::{self, Resource, Selection};
use crate::graphql::messages::{Message, MessagePlan};
use crate::graphql::notifications::{InboxNotification, NotificationPlan};
use crate::graphql::scalars::{Cursor, DateTime, Json};
use crate::graphql::settings::IntegrationState;
use crate::graphql::templates::Template;
use async_graphql::{Enum, ID, Interface, SimpleObject};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entities::{
    AssistantRunId, ContactsImportId, ConversationChangeId, ConversationId, ProviderUpdateId, TemplateId,
};
use inbox::App;
use inbox::auth::Reach;
use inbox::events::{Feed, LoggedEvent};
use inbox::services::integration;

/// The first byte of a cursor of the change log.
const TAG: u8 = b'e';

/// What changed.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "entities::EventKind")]
pub(super) enum EventKind {
    /// `MessageAddedEvent`.
    MessageAdded,
    /// `MessageUpdatedEvent`.
    MessageUpdated,
    /// `ConversationUpdatedEvent`.
    ConversationUpdated,
    /// `ConversationWindowClosedEvent`.
    ConversationWindowClosed,
    /// `ConversationHandedOffEvent`.
    ConversationHandedOff,
    /// `AssistantRunUpdatedEvent`.
    AssistantRunUpdated,
    /// `ContactUpdatedEvent`.
    ContactUpdated,
    /// `ProviderUpdatedEvent`.
    ProviderUpdated,
    /// `TemplateUpdatedEvent`.
    TemplateUpdated,
    /// `ContactsImportUpdatedEvent`.
    ContactsImportUpdated,
    /// `InboxNotificationEvent`.
    InboxNotification,
    /// `IntegrationUpdatedEvent`.
    IntegrationUpdated,
}

/// One item of the change log.
#[derive(Clone, Debug, Interface)]
#[graphql(
    field(
        name = "cursor",
        ty = "&Cursor",
        desc = "The item's place in the log: give it as `after` to go on behind it."
    ),
    field(name = "occurred_at", ty = "&DateTime", desc = "When it happened, by this service's clock.")
)]
pub(super) enum Event {
    MessageAdded(MessageAddedEvent),
    MessageUpdated(MessageUpdatedEvent),
    ConversationUpdated(ConversationUpdatedEvent),
    ConversationWindowClosed(ConversationWindowClosedEvent),
    ConversationHandedOff(ConversationHandedOffEvent),
    AssistantRunUpdated(AssistantRunUpdatedEvent),
    ContactUpdated(ContactUpdatedEvent),
    ProviderUpdated(ProviderUpdatedEvent),
    TemplateUpdated(TemplateUpdatedEvent),
    ContactsImportUpdated(ContactsImportUpdatedEvent),
    InboxNotification(InboxNotificationEvent),
    IntegrationUpdated(IntegrationUpdatedEvent),
    ConversationAccessLost(ConversationAccessLost),
    ResyncRequired(ResyncRequired),
    Heartbeat(Heartbeat),
}

macro_rules! events {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* })*) => { $(
        $(#[$doc])*
        #[derive(Clone, Debug, SimpleObject)]
        pub(super) struct $name {
            /// The item's place in the log: give it as `after` to go on behind it.
            cursor: Cursor,
            /// When it happened, by this service's clock.
            occurred_at: DateTime,
            $($(#[$field_doc])* $field: $type,)*
        }
    )* };
}

events! {
    /// A message appeared; its conversation changed with it.
    MessageAddedEvent {
        /// The message, as it is now. Null if it was erased since.
        message: Option<Message>,
    }

    /// Status, content, reactions or another part of a message changed.
    MessageUpdatedEvent {
        /// The message, as it is now. Null if it was erased since.
        message: Option<Message>,
    }

    /// Mode, owner, unread count or another part of a conversation changed.
    ConversationUpdatedEvent {
        /// The conversation, as it is now. Null if it was erased since.
        conversation: Option<Conversation>,
    }

    /// The 24 hours after the customer's last message are over, or WhatsApp says so: from now on only templates can be sent,
    /// until the customer writes again. Within a minute of the moment.
    ConversationWindowClosedEvent {
        /// The conversation, as it is now. Null if it was erased since.
        conversation: Option<Conversation>,
    }

    /// An assistant gave a conversation to people: somebody should look.
    ConversationHandedOffEvent {
        /// The conversation, as it is now. Null if it was erased since.
        conversation: Option<Conversation>,
        /// Why, and what the assistant tells its colleagues.
        change: Option<ConversationChange>,
    }

    /// An assistant began to answer, or ended; or somebody rated what it did.
    AssistantRunUpdatedEvent {
        /// The run, as it is now. Null if it was erased since.
        assistant_run: Option<AssistantRun>,
    }

    /// A contact appeared or changed.
    ContactUpdatedEvent {
        /// The contact, as it is now. Null if it was erased since.
        contact: Option<Contact>,
    }

    /// WhatsApp announced something about the account, a number or a template. Only for callers that see everything.
    ProviderUpdatedEvent {
        /// Meta's name of the subject: `message_template_status_update`, `phone_number_quality_update` and others.
        field: Option<String>,
        /// What Meta says about it, whole.
        value: Option<Json>,
        /// Which number it is about, where it is about one.
        channel: Option<Channel>,
    }

    /// Status, category, quality or content of a message template changed. For all who see conversations.
    TemplateUpdatedEvent {
        /// The template, as it is now.
        template: Option<Template>,
    }

    /// An import of contacts began, went on, or ended: once for each portion of rows. For all who may import.
    ContactsImportUpdatedEvent {
        /// The import, as it is now.
        contacts_import: Option<ContactsImport>,
    }

    /// The caller is told about new messages. Comes only to subscribers that select `notification`.
    InboxNotificationEvent {
        /// What it is told.
        notification: InboxNotification,
    }

    /// The connection with WhatsApp began or ceased to work, or another thing is wrong with it. Only for callers that see
    /// everything.
    IntegrationUpdatedEvent {
        /// How it stands now. `settings { integration }` says what is missing or wrong.
        state: IntegrationState,
    }

    /// The conversation was given to somebody else, and the caller sees only its own: from here on it does not exist for the
    /// caller, and nothing more comes of it. Comes whatever kinds the filter names.
    ConversationAccessLost {
        /// The conversation's id, by which the caller knew it.
        conversation_id: ID,
    }

    /// The cursor is older than the log, or not from it: what happened since cannot be told. Read the state anew, then go
    /// on from this cursor.
    ResyncRequired {}

    /// Nothing happened for a while. Everything up to this cursor was sent.
    Heartbeat {}
}

/// What a selection asks of the things that changed.
pub(super) struct EventPlan {
    message: MessagePlan,
    conversation: ConversationPlan,
    contact: ContactPlan,
    channel: bool,
    template: bool,
    change: Option<<ConversationChange as Resource>::Plan>,
    run: Option<AssistantRunPlan>,
    import: bool,
    update: bool,
    pub(super) notification: Option<NotificationPlan>,
}

impl EventPlan {
    /// The plan of a selection on `Event`.
    pub(super) fn of(selection: &Selection<'_>) -> Self {
        Self {
            message: selection.field("message").map(|below| MessagePlan::of(&below)).unwrap_or_default(),
            conversation: selection
                .field("conversation")
                .map(|below| ConversationPlan::of(&below))
                .unwrap_or_default(),
            contact: selection.field("contact").map(|below| ContactPlan::of(&below)).unwrap_or_default(),
            channel: selection.has(&["channel"]),
            template: selection.has(&["template"]),
            change: selection.field("change").map(|below| ConversationChange::plan(&below)),
            run: selection.field("assistantRun").map(|below| AssistantRun::plan(&below)),
            import: selection.has(&["contactsImport"]),
            update: selection.has(&["field", "value"]),
            notification: selection.field("notification").map(|below| NotificationPlan::of(&below)),
        }
    }
}

impl Event {
    /// Its place in the log.
    pub(super) fn at(&self) -> &Cursor {
        match self {
            Self::MessageAdded(event) => &event.cursor,
            Self::MessageUpdated(event) => &event.cursor,
            Self::ConversationUpdated(event) => &event.cursor,
            Self::ConversationWindowClosed(event) => &event.cursor,
            Self::ConversationHandedOff(event) => &event.cursor,
            Self::AssistantRunUpdated(event) => &event.cursor,
            Self::ContactUpdated(event) => &event.cursor,
            Self::ProviderUpdated(event) => &event.cursor,
            Self::TemplateUpdated(event) => &event.cursor,
            Self::ContactsImportUpdated(event) => &event.cursor,
            Self::InboxNotification(event) => &event.cursor,
            Self::IntegrationUpdated(event) => &event.cursor,
            Self::ConversationAccessLost(event) => &event.cursor,
            Self::ResyncRequired(event) => &event.cursor,
            Self::Heartbeat(event) => &event.cursor,
        }
    }

    /// That a conversation is out of the caller's sight.
    pub(super) fn lost(event: &LoggedEvent, conversation: ConversationId) -> Self {
        Self::ConversationAccessLost(ConversationAccessLost {
            cursor: cursor(event.seq),
            occurred_at: DateTime(event.occurred_at),
            conversation_id: conversation.global(),
        })
    }

    /// From an item of the feed. `None` for a contact that the caller turns out not to see.
    pub(super) async fn of(app: &App, rights: Rights, plan: &EventPlan, feed: Feed) -> Result<Option<Self>> {
        Ok(Some(match feed {
            Feed::Resync { head } => Self::ResyncRequired(ResyncRequired {
                cursor: cursor(head),
                occurred_at: app.clock.now().into(),
            }),
            Feed::Heartbeat { head } => {
                Self::Heartbeat(Heartbeat { cursor: cursor(head), occurred_at: app.clock.now().into() })
            }
            Feed::Event(event) => return Self::of_change(app, rights, plan, &event).await,
        }))
    }

    async fn of_change(
        app: &App,
        rights: Rights,
        plan: &EventPlan,
        event: &LoggedEvent,
    ) -> Result<Option<Self>> {
        let (cursor, occurred_at) = (cursor(event.seq), DateTime(event.occurred_at));
        let reader = Reader { at_hand: Some(event), ..Reader::with(app, rights) };
        Ok(Some(match event.kind {
            entities::EventKind::MessageAdded => {
                let message = message(reader, plan, event).await?;
                Self::MessageAdded(MessageAddedEvent { cursor, occurred_at, message })
            }
            entities::EventKind::MessageUpdated => {
                let message = message(reader, plan, event).await?;
                Self::MessageUpdated(MessageUpdatedEvent { cursor, occurred_at, message })
            }
            entities::EventKind::ConversationWindowClosed => {
                let conversation = conversation(reader, plan, event).await?;
                Self::ConversationWindowClosed(ConversationWindowClosedEvent {
                    cursor,
                    occurred_at,
                    conversation,
                })
            }
            entities::EventKind::ConversationUpdated => {
                let conversation = conversation(reader, plan, event).await?;
                Self::ConversationUpdated(ConversationUpdatedEvent { cursor, occurred_at, conversation })
            }
            entities::EventKind::ConversationHandedOff => {
                let conversation = conversation(reader, plan, event).await?;
                let change = match (&plan.change, event.subject_id) {
                    (Some(plan), Some(id)) => load::load_one(reader, plan, ConversationChangeId(id)).await?,
                    _ => None,
                };
                let event = ConversationHandedOffEvent { cursor, occurred_at, conversation, change };
                Self::ConversationHandedOff(event)
            }
            entities::EventKind::AssistantRunUpdated => {
                let assistant_run = match (&plan.run, event.subject_id) {
                    (Some(plan), Some(id)) => load::load_one(reader, plan, AssistantRunId(id)).await?,
                    _ => None,
                };
                Self::AssistantRunUpdated(AssistantRunUpdatedEvent { cursor, occurred_at, assistant_run })
            }
            entities::EventKind::ContactUpdated => {
                let hidden = event.conversation.is_none() && rights.reach != Reach::All;
                // The row at hand was read for everybody; the database knows whether this caller may see it.
                let reader = if hidden { Reader { at_hand: None, ..reader } } else { reader };
                let contact = match event.contact_id {
                    Some(id) => load::load_one(reader, &plan.contact, id).await?,
                    None => None,
                };
                if hidden && contact.is_none() {
                    return Ok(None);
                }
                Self::ContactUpdated(ContactUpdatedEvent { cursor, occurred_at, contact })
            }
            entities::EventKind::ProviderUpdated => {
                Self::ProviderUpdated(provider_updated(reader, plan, event, cursor, occurred_at).await?)
            }
            entities::EventKind::TemplateUpdated => {
                let template = match event.subject_id.filter(|_| plan.template).map(TemplateId) {
                    Some(id) => load::load_one(reader, &(), id).await?,
                    None => None,
                };
                Self::TemplateUpdated(TemplateUpdatedEvent { cursor, occurred_at, template })
            }
            entities::EventKind::IntegrationUpdated => {
                let state = integration::noted_state(app).await?.into();
                Self::IntegrationUpdated(IntegrationUpdatedEvent { cursor, occurred_at, state })
            }
            entities::EventKind::ContactsImportUpdated => {
                let contacts_import = match event.subject_id.filter(|_| plan.import).map(ContactsImportId) {
                    Some(id) => load::load_one(reader, &(), id).await?,
                    None => None,
                };
                let event = ContactsImportUpdatedEvent { cursor, occurred_at, contacts_import };
                Self::ContactsImportUpdated(event)
            }
            entities::EventKind::InboxNotification => {
                let (Some(row), Some(plan)) = (&event.notification, &plan.notification) else {
                    return Ok(None);
                };
                let notification = InboxNotification::of(reader, plan, row).await?;
                Self::InboxNotification(InboxNotificationEvent { cursor, occurred_at, notification })
            }
        }))
    }
}

async fn message(reader: Reader<'_>, plan: &EventPlan, event: &LoggedEvent) -> Result<Option<Message>> {
    match event.message_id {
        Some(id) => load::load_one(reader, &plan.message, id).await,
        None => Ok(None),
    }
}

async fn conversation(
    reader: Reader<'_>,
    plan: &EventPlan,
    event: &LoggedEvent,
) -> Result<Option<Conversation>> {
    match event.conversation_id {
        Some(id) => load::load_one(reader, &plan.conversation, id).await,
        None => Ok(None),
    }
}

async fn provider_updated(
    reader: Reader<'_>,
    plan: &EventPlan,
    event: &LoggedEvent,
    cursor: Cursor,
    occurred_at: DateTime,
) -> Result<ProviderUpdatedEvent> {
    let update = match event.subject_id.filter(|_| plan.update).map(ProviderUpdateId) {
        Some(id) => inbox::store::provider_updates::get(reader.db(), reader.reach, id).await?,
        None => None,
    };
    let channel = match event.channel_id.filter(|_| plan.channel) {
        Some(id) => load::load_one(reader, &ChannelPlan::default(), id).await?,
        None => None,
    };
    let (field, value) = update.map(|update| (update.field, update.value)).unzip();
    let value = value.and_then(|value| serde_json::from_str(&value).ok()).map(Json);
    Ok(ProviderUpdatedEvent { cursor, occurred_at, field, value, channel })
}

/// The cursor of a place in the change log.
pub(in crate::graphql) fn cursor(place: i64) -> Cursor {
    let mut bytes = [TAG; 9];
    bytes[1..].copy_from_slice(&place.to_be_bytes());
    Cursor(URL_SAFE_NO_PAD.encode(bytes))
}

/// The place of a cursor.
///
/// # Errors
/// `BAD_USER_INPUT` for what is no cursor of the change log.
pub(super) fn place(after: &Cursor) -> Result<i64> {
    decode(after).ok_or_else(|| {
        Failure::bad_input(
            "after",
            "this is not a cursor of the change log; give one as `events` returned it",
        )
    })
}

fn decode(cursor: &Cursor) -> Option<i64> {
    let mut bytes = [0; 9];
    let length = URL_SAFE_NO_PAD.decode_slice(cursor.0.as_bytes(), &mut bytes).ok()?;
    let place = i64::from_be_bytes(bytes[1..].try_into().ok()?);
    (length == bytes.len() && bytes[0] == TAG && place >= 0).then_some(place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_cursor_comes_back(at in 0..i64::MAX) {
            prop_assert_eq!(place(&cursor(at)).ok(), Some(at));
        }

        #[test]
        fn no_text_breaks_the_parser(text in ".*") {
            let _ = place(&Cursor(text));
        }
    }
}
