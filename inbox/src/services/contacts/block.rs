//! Contacts that the business does not want to hear from: here at once, and at Meta as soon as it takes it.

use super::updated;
use crate::app::App;
use crate::auth::{Permission, Viewer};
use crate::clock::Ids;
use crate::error::{Error, Result};
use crate::services::access::{Subject, record};
use crate::store::provider_tasks::{self, ProviderTask};
use crate::store::{Priority, Tx, blocks, contacts, merges};
use entities::{AuditAction, BlockState, ChannelId, ContactId, contact, contact_block};
use providers::inbound::ProviderError;
use std::sync::Arc;

/// Blocks a contact: nothing can be sent to it any more, and Meta is asked to keep its messages away on every channel on
/// which it has a conversation. Doing it again asks Meta again.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::Edit`]; [`Error::NotFound`].
pub async fn contact_block(app: &App, viewer: &Viewer, id: ContactId) -> Result<contact::Model> {
    set(app, viewer, id, true).await
}

/// Takes a block back, here and at Meta.
///
/// # Errors
/// As [`contact_block()`].
pub async fn contact_unblock(app: &App, viewer: &Viewer, id: ContactId) -> Result<contact::Model> {
    set(app, viewer, id, false).await
}

async fn set(app: &App, viewer: &Viewer, id: ContactId, blocked: bool) -> Result<contact::Model> {
    viewer.require(Permission::Edit)?;
    let held = Arc::new((app.ids.clone(), viewer.clone()));
    app.db
        .write(Priority::Interactive, move |tx| {
            let held = Arc::clone(&held);
            Box::pin(async move {
                let (ids, viewer) = &*held;
                let id = merges::current(tx.conn(), id).await?;
                let mut row =
                    contacts::lock(tx, viewer.reach(), id).await?.ok_or(Error::NotFound("contact"))?;
                if !blocked && row.blocked_at.is_none() {
                    return Ok(row);
                }
                row.blocked_at = blocked.then(|| row.blocked_at.unwrap_or(tx.now()));
                row.updated_at = tx.now();
                ask(tx, ids, id, blocked).await?;
                let action =
                    if blocked { AuditAction::ContactBlocked } else { AuditAction::ContactUnblocked };
                record(ids, tx, viewer.actor(), action, Subject::Contact(id), Vec::new()).await?;
                tx.emit(updated(id));
                contacts::save(tx.conn(), row).await
            })
        })
        .await
}

/// Asks Meta on every channel on which the contact has a conversation.
pub(super) async fn ask(tx: &Tx, ids: &Ids, id: ContactId, blocked: bool) -> Result<()> {
    for channel_id in blocks::channels(tx.conn(), id).await? {
        let row = contact_block::Model {
            contact_id: id,
            channel_id,
            blocked,
            state: BlockState::Pending,
            error: None,
            updated_at: tx.now(),
        };
        blocks::put(tx.conn(), row).await?;
        let task = ProviderTask::Block { contact: id, blocked };
        provider_tasks::put(tx, ids, channel_id, &task).await?;
    }
    Ok(())
}

/// Shows what Meta made of it.
///
/// # Errors
/// If the database refuses.
pub async fn show_block(
    tx: &Tx,
    contact: ContactId,
    channel: ChannelId,
    refused: Option<&ProviderError>,
) -> Result<()> {
    let state = if refused.is_some() { BlockState::Failed } else { BlockState::Done };
    let error = refused.map(serde_json::to_string).transpose().map_err(Error::internal)?;
    if blocks::show(tx.conn(), contact, channel, state, error, tx.now()).await? {
        tx.emit(updated(contact));
    }
    Ok(())
}
