//! Keeping marketing back after the provider refused some.

use crate::domain::marketing::{HOLD, Held, held_by};
use crate::error::Result;
use crate::services::contacts;
use crate::store::{Tx, marketing_holds as store, send};
use entities::{Timestamp, marketing_hold, message};

/// Holds the contact or the channel if the provider refused a template at `at` for their sake.
pub(crate) async fn message_refused(
    tx: &Tx,
    message: &message::Model,
    code: Option<i64>,
    at: Timestamp,
) -> Result<()> {
    let Some((code, held)) = code.and_then(|code| Some((code, held_by(code)?))) else { return Ok(()) };
    if message.kind != "TEMPLATE" {
        return Ok(());
    }
    let Some(conversation) = send::conversation(tx.conn(), message.conversation_id).await? else {
        return Ok(());
    };
    let contact = conversation.contact_id;
    let subject_id = match held {
        Held::Contact => contact.0,
        Held::Channel => message.channel_id.0,
    };
    let code = i32::try_from(code).unwrap_or_default();
    let row = marketing_hold::Model { subject_id, code, until: at.plus(HOLD) };
    if store::hold(tx.conn(), row).await? && held == Held::Contact {
        tx.emit(contacts::updated(contact));
    }
    Ok(())
}
