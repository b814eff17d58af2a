//! Showing customers that their messages were read.

use crate::clock::Ids;
use crate::domain::read_receipts::{Occasion, due};
use crate::error::Result;
use crate::store::provider_tasks::{self, ProviderTask};
use crate::store::{Tx, send};
use entities::{Timestamp, conversation};

/// Asks for a read receipt if one is due. Returns what the conversation's `read_receipt_at` is to become.
///
/// # Errors
/// If the database refuses.
pub(crate) async fn ask(
    tx: &Tx,
    ids: &Ids,
    conversation: &conversation::Model,
    occasion: Occasion,
) -> Result<Option<Timestamp>> {
    let Some(channel) = send::channel(tx.conn(), conversation.channel_id).await? else { return Ok(None) };
    let (wrote, shown) = (conversation.last_inbound_at, conversation.read_receipt_at);
    if !due(channel.read_receipts, occasion, wrote, shown, tx.now()) {
        return Ok(None);
    }
    let Some(wamid) = provider_tasks::newest_inbound(tx.conn(), conversation.id).await? else {
        return Ok(None);
    };
    let task = ProviderTask::ReadReceipt { conversation: conversation.id, wamid };
    provider_tasks::put(tx, ids, conversation.channel_id, &task).await?;
    Ok(wrote)
}
