//! What Meta's answer to a message says of its recipient.

use super::merge::merge;
use super::updated;
use crate::app::App;
use crate::auth::Reach;
use crate::clock::Ids;
use crate::error::Result;
use crate::services::receive;
use crate::store::{Priority, Tx, contacts, effects, leases, merges, send};
use entities::{ActorKind, ConversationId, IdentityKind, contact_identity};
use providers::phone;

/// Meta knows the recipient of a message, to whom we wrote at `address`, by another number: that is the address from now
/// on. If another contact has it, the two are one, the one that was there first.
///
/// # Errors
/// If the store cannot do it now; the next answer says the same.
pub async fn known_as(app: &App, conversation: ConversationId, address: &str, wa_id: &str) -> Result<()> {
    let held = (app.ids.clone(), address.to_owned(), wa_id.to_owned());
    app.db
        .write(Priority::Background, move |tx| {
            let (ids, address, wa_id) = held.clone();
            Box::pin(async move { learn(tx, &ids, conversation, &address, &wa_id).await })
        })
        .await
}

async fn learn(tx: &Tx, ids: &Ids, conversation: ConversationId, address: &str, wa_id: &str) -> Result<()> {
    leases::hold_off(tx, receive::LEASE).await?;
    let key = phone::match_key(wa_id);
    let Some(conversation) = send::conversation(tx.conn(), conversation).await? else { return Ok(()) };
    let own = merges::identities(tx.conn(), conversation.contact_id).await?;
    let known = own.iter().find(|row| row.kind == IdentityKind::Phone && row.value == address);
    let (Some(known), false) = (known, key.is_empty()) else { return Ok(()) };
    let found = effects::identities(tx, [(IdentityKind::Phone, key.clone())].into()).await?;
    let other = found.into_iter().find(|row| row.id != known.id);
    let Some(other) = other else {
        let row = contact_identity::Model { value: wa_id.to_owned(), match_key: key, ..known.clone() };
        contacts::save_identity(tx.conn(), row).await?;
        tx.emit(updated(known.contact_id));
        return Ok(());
    };
    // The number that Meta does not know leads nowhere.
    effects::remove_identities(tx.conn(), vec![known.id]).await?;
    if other.contact_id == known.contact_id {
        tx.emit(updated(known.contact_id));
        return Ok(());
    }
    let (first, second) = if other.contact_id < known.contact_id {
        (other.contact_id, known.contact_id)
    } else {
        (known.contact_id, other.contact_id)
    };
    merge(tx, ids, Reach::All, first, second, (ActorKind::System, None)).await
}
