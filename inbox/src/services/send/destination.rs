//! Where a message goes: the conversation, its contact and its channel, as far as they exist for the caller.

use super::{Refusal, SendTarget};
use crate::app::App;
use crate::auth::Viewer;
use crate::domain::control::{self, Control};
use crate::domain::dialling;
use crate::error::{Error, Result};
use crate::services::contacts;
use crate::store::{Tx, merges, send};
use entities::{ChannelId, channel, contact, conversation};

/// A conversation to send into.
pub(super) struct Destination {
    /// Locked until commit.
    pub(super) conversation: conversation::Model,
    /// It is not stored yet.
    pub(super) is_new: bool,
    /// With whom.
    pub(super) contact: contact::Model,
    /// Over which number.
    pub(super) channel: channel::Model,
}

/// Finds the conversation, or prepares a new one. What the caller may not see is not found.
pub(super) async fn find(
    tx: &Tx,
    app: &App,
    viewer: &Viewer,
    target: &SendTarget,
) -> Result<Result<Destination, Refusal>> {
    match target {
        SendTarget::Conversation(id) => {
            let conversation = send::lock_conversation(tx, viewer.reach(), *id).await?;
            let conversation = conversation.ok_or(Error::NotFound("conversation"))?;
            let contact = send::contact(tx.conn(), conversation.contact_id).await?;
            let contact = contact.ok_or(Error::NotFound("contact"))?;
            let channel = channel(tx, Some(conversation.channel_id)).await?;
            Ok(Ok(Destination { conversation, is_new: false, contact, channel }))
        }
        SendTarget::Contact { contact_id, channel_id } => {
            let contact_id = merges::current(tx.conn(), *contact_id).await?;
            let contact = send::contact(tx.conn(), contact_id).await?;
            let contact = contact.ok_or(Error::NotFound("contact"))?;
            let found = of_contact(tx, app, viewer, contact, *channel_id).await?;
            Ok(Ok(found.ok_or(Error::NotFound("contact"))?))
        }
        SendTarget::Phone { phone, channel_id } => {
            let home = contacts::home(app, tx.conn()).await?;
            let key = dialling::phone(phone, home).map(|phone| phone.match_key);
            let key = key.unwrap_or_else(|| providers::phone::match_key(phone));
            let contact = if key.is_empty() { None } else { send::contact_by_phone(tx.conn(), &key).await? };
            let found = match contact {
                Some(contact) => of_contact(tx, app, viewer, contact, *channel_id).await?,
                None => None,
            };
            Ok(found.ok_or_else(|| Refusal::recipient_not_found(&["to", "phone"])))
        }
    }
}

/// The conversation of a contact on a channel; none if the caller may not see it.
async fn of_contact(
    tx: &Tx,
    app: &App,
    viewer: &Viewer,
    contact: contact::Model,
    channel_id: Option<ChannelId>,
) -> Result<Option<Destination>> {
    let channel = channel(tx, channel_id).await?;
    let (conversation, is_new) = match send::lock_conversation_of(tx, contact.id, channel.id).await? {
        Some(conversation) => (conversation, false),
        None => (open(app, &contact, &channel), true),
    };
    Ok(viewer.reach().covers(&conversation).then_some(Destination { conversation, is_new, contact, channel }))
}

async fn channel(tx: &Tx, id: Option<ChannelId>) -> Result<channel::Model> {
    match id {
        Some(id) => send::channel(tx.conn(), id).await?.ok_or(Error::NotFound("channel")),
        None => send::default_channel(tx.conn()).await?.ok_or_else(|| {
            Error::Conflict(
                "no channel is the default one; name a channel, or make one the default".to_owned(),
            )
        }),
    }
}

/// A conversation that begins with this message; owner and assistant are the contact's.
fn open(app: &App, contact: &contact::Model, channel: &channel::Model) -> conversation::Model {
    let now = app.clock.now();
    let Control { mode, assistant_active, control_epoch, archived, .. } =
        control::opened(contact.assistant_id.is_some());
    conversation::Model {
        id: app.ids.next(),
        contact_id: contact.id,
        channel_id: channel.id,
        owner_id: contact.owner_id,
        mode,
        assistant_id: contact.assistant_id,
        assistant_active,
        control_epoch,
        archived,
        unread_count: 0,
        last_message_id: None,
        last_message_at: None,
        last_activity_at: now,
        last_inbound_at: None,
        window_closed_by_provider: false,
        read_receipt_at: None,
        waiting_message_at: None,
        handed_off_at: None,
        assistant_context_at: None,
        created_at: now,
        updated_at: now,
    }
}
