//! What contacts want of marketing.

use super::updated;
use crate::clock::Ids;
use crate::domain::marketing::OPTED_OUT;
use crate::error::Result;
use crate::services::contacts::merge::Actor;
use crate::store::{Tx, preferences, send};
use entities::{
    ContactId, ConversationId, MessageId, PreferenceSource, PreferenceValue, Timestamp, marketing_preference,
};
use providers::inbound::ProviderError;

/// A row of the ledger.
pub(crate) fn entry(
    ids: &Ids,
    contact_id: ContactId,
    value: PreferenceValue,
    source: PreferenceSource,
    occurred_at: Timestamp,
    now: Timestamp,
) -> marketing_preference::Model {
    marketing_preference::Model {
        id: ids.next(),
        contact_id,
        value,
        source,
        occurred_at,
        actor_kind: None,
        actor_id: None,
        message_id: None,
        created_at: now,
    }
}

/// Somebody who works here writes down what a contact wants. Returns whether that is new.
pub(super) async fn set(
    tx: &Tx,
    ids: &Ids,
    contact: &entities::contact::Model,
    value: PreferenceValue,
    (actor_kind, actor_id): Actor,
) -> Result<bool> {
    if contact.marketing_opted_out_at.is_some() == (value == PreferenceValue::Stop) {
        return Ok(false);
    }
    let row = entry(ids, contact.id, value, PreferenceSource::User, tx.now(), tx.now());
    let row = marketing_preference::Model { actor_kind: Some(actor_kind), actor_id, ..row };
    preferences::record(tx.conn(), row).await
}

/// Writes down that a marketing message was refused because the contact wants none.
pub(crate) async fn refused(
    tx: &Tx,
    ids: &Ids,
    conversation: ConversationId,
    message: MessageId,
    error: &ProviderError,
) -> Result<()> {
    if error.code != Some(OPTED_OUT) {
        return Ok(());
    }
    let Some(conversation) = send::conversation(tx.conn(), conversation).await? else { return Ok(()) };
    let row = entry(
        ids,
        conversation.contact_id,
        PreferenceValue::Stop,
        PreferenceSource::ProviderError,
        tx.now(),
        tx.now(),
    );
    let row = marketing_preference::Model { message_id: Some(message), ..row };
    if preferences::record(tx.conn(), row).await? {
        tx.emit(updated(conversation.contact_id));
    }
    Ok(())
}
