//! Erasing a person: at once for everybody who looks, then in portions everything that is kept of it.

use super::updated;
use crate::app::App;
use crate::auth::{Permission, Reach, Refusal, RefusalCode, Viewer};
use crate::bus::Topic;
use crate::domain::erasure::Traces;
use crate::error::{Error, Result};
use crate::services::access::{Subject, record};
use crate::services::contacts::MergedContact;
use crate::services::media;
use crate::services::receive;
use crate::store::db::NewEvent;
use crate::store::{Priority, Tx, contacts, effects, erasures, leases, merges};
use entities::{
    AuditAction, ContactId, ErasedKind, ErasureState, EventKind, WebhookReceiptId, contact, contact_erasure,
    conversation, webhook_receipt,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// Only one node at a time works on erasures.
const LEASE: &str = "erasures";
const LEASE_TTL: Duration = Duration::from_secs(10);
/// Webhook bodies looked through at once; each may have 3 MiB.
const BODIES: u64 = 50;
/// Messages removed at once.
const MESSAGES: u64 = 500;

/// How many things of each kind were removed.
pub type Removed = BTreeMap<ErasedKind, u64>;

/// Where an erasure stands; kept until it is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Progress {
    /// What the person was known by.
    names: Vec<String>,
    /// The last webhook body that was looked through.
    after: WebhookReceiptId,
    /// The last body that may speak of the person: those behind it came later.
    last: WebhookReceiptId,
    /// All bodies were looked through.
    looked: bool,
}

/// How many things of each kind an erasure removed so far.
#[must_use]
pub fn removed(row: &contact_erasure::Model) -> Removed {
    serde_json::from_str(&row.removed).unwrap_or_default()
}

/// Begins to erase a person. From here on the contact has neither name nor number, nothing can be sent to it, and who
/// writes from its number is somebody new. Messages, files and raw webhooks follow soon, see [`step`]. Asking again gives
/// the same erasure.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::Administer`]; [`Error::NotFound`]; [`Error::Refused`] if a conversation of
/// the contact is not the caller's to see.
pub async fn contact_erase(app: &App, viewer: &Viewer, id: ContactId) -> Result<contact_erasure::Model> {
    viewer.require(Permission::Administer)?;
    let held = Arc::new((app.clone(), viewer.clone()));
    app.db
        .write(Priority::Interactive, move |tx| {
            let held = Arc::clone(&held);
            Box::pin(async move {
                let (app, viewer) = &*held;
                begin(tx, app, viewer, id).await
            })
        })
        .await
}

async fn begin(tx: &Tx, app: &App, viewer: &Viewer, id: ContactId) -> Result<contact_erasure::Model> {
    leases::hold_off(tx, receive::LEASE).await?;
    let id = merges::current(tx.conn(), id).await?;
    let conversations = effects::conversations(tx, [id].into(), [].into()).await?;
    let row = contacts::lock(tx, viewer.reach(), id).await?.ok_or(Error::NotFound("contact"))?;
    if !conversations.iter().all(|row| viewer.reach().covers(row)) {
        let message = "the contact has a conversation that you do not see; ask somebody who sees all of them";
        return Err(Refusal::new(RefusalCode::ConversationNotVisible, message).into());
    }
    if let Some(known) = erasures::of_contact(tx.conn(), id).await? {
        return Ok(known);
    }
    let progress = Progress {
        names: names(tx, id).await?,
        after: WebhookReceiptId(Uuid::nil()),
        last: app.ids.next(),
        looked: false,
    };
    let [identities, tags, attributes, preferences, merges] = erasures::remove_details(tx.conn(), id).await?;
    let mut counts = Removed::new();
    for (kind, count) in [
        (ErasedKind::Identity, identities),
        (ErasedKind::Tag, tags),
        (ErasedKind::Attribute, attributes),
        (ErasedKind::MarketingPreference, preferences),
        (ErasedKind::Merge, merges),
    ] {
        add(&mut counts, kind, count);
    }
    let nameless = contact::Model {
        name: None,
        profile_name: None,
        username: None,
        language: None,
        marketing_opted_out_at: None,
        marketing_preference_at: None,
        updated_at: tx.now(),
        ..row
    };
    contacts::save(tx.conn(), nameless).await?;
    let (actor_kind, actor_id) = viewer.actor();
    let erasure = contact_erasure::Model {
        id: app.ids.next(),
        contact_id: id,
        state: ErasureState::Running,
        progress: Some(json(&progress)?),
        removed: json(&counts)?,
        requested_at: tx.now(),
        actor_kind,
        actor_id,
        finished_at: None,
    };
    erasures::insert(tx.conn(), erasure.clone()).await?;
    // Who did it, and nothing about the person.
    let subject = Subject::Contact(id);
    record(&app.ids, tx, viewer.actor(), AuditAction::ContactErased, subject, Vec::new()).await?;
    tx.emit(updated(id));
    tx.wake(Topic::Contacts);
    Ok(erasure)
}

/// Everything that the person was known by, in all forms.
async fn names(tx: &Tx, id: ContactId) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for identity in merges::identities(tx.conn(), id).await? {
        names.extend([identity.value, identity.match_key]);
    }
    for merge in merges::of_contacts(tx.conn(), Reach::All, [id]).await? {
        names.extend(
            MergedContact::of(&merge).into_iter().flat_map(|was| was.identities).map(|(_, value)| value),
        );
    }
    names.retain(|name| !name.is_empty());
    names.sort_unstable();
    names.dedup();
    Ok(names)
}

/// Takes the oldest erasure one portion further. False if there is none, or another node does it.
///
/// # Errors
/// If the store cannot do it now; it goes on where it stands.
pub async fn step(app: &App) -> Result<bool> {
    let Some(row) = erasures::running(app.db.read()).await? else { return Ok(false) };
    let progress = row.progress.as_deref().map(serde_json::from_str::<Progress>).transpose();
    let progress =
        progress.map_err(Error::internal)?.ok_or_else(|| Error::internal("an erasure stands nowhere"))?;
    if progress.looked { remove_messages(app, row).await } else { look(app, row, progress).await }
}

/// Empties the raw texts that speak of the person.
async fn look(app: &App, row: contact_erasure::Model, progress: Progress) -> Result<bool> {
    let db = app.db.read();
    let conversations = erasures::conversations(db, row.contact_id).await?;
    let wamids = erasures::wamids(db, &conversations).await?.into_iter().collect();
    let traces = Traces { names: progress.names.clone(), wamids };
    let bodies = erasures::receipts(db, progress.after, progress.last, BODIES).await?;
    let ids: Vec<WebhookReceiptId> = bodies.iter().map(|body| body.id).collect();
    let speaking = |body: &&webhook_receipt::Model| traces.are_in(&body.body);
    let found: Vec<WebhookReceiptId> = bodies.iter().filter(speaking).map(|body| body.id).collect();
    let said = erasures::announcements(db, &ids).await?.into_iter();
    let said: Vec<_> = said.filter(|said| traces.are_in(said.value.as_bytes())).collect();
    let next = match ids.last() {
        Some(last) => Progress { after: *last, ..progress },
        None => Progress { looked: true, ..progress },
    };
    let mut counts = removed(&row);
    add(&mut counts, ErasedKind::WebhookReceipt, found.len() as u64);
    add(&mut counts, ErasedKind::ProviderUpdate, said.len() as u64);
    let next = contact_erasure::Model { progress: Some(json(&next)?), removed: json(&counts)?, ..row };
    let (node, held) = (app.node, Arc::new((found, said, next)));
    app.db
        .write(Priority::Background, move |tx| {
            let held = Arc::clone(&held);
            Box::pin(async move {
                let (found, said, next) = &*held;
                if !leases::acquire(tx.conn(), LEASE, node, tx.now(), LEASE_TTL).await? {
                    return Ok(false);
                }
                erasures::empty_receipts(tx.conn(), found.clone()).await?;
                for row in said {
                    erasures::empty_announcement(tx.conn(), row.clone()).await?;
                }
                erasures::save(tx.conn(), next.clone()).await?;
                Ok(true)
            })
        })
        .await
}

/// Removes a portion of the messages; when there are none left, the conversations and the contact.
async fn remove_messages(app: &App, row: contact_erasure::Model) -> Result<bool> {
    let (node, held) = (app.node, Arc::new(row));
    let (did, contents) = app
        .db
        .write(Priority::Background, move |tx| {
            let held = Arc::clone(&held);
            Box::pin(async move {
                if !leases::acquire(tx.conn(), LEASE, node, tx.now(), LEASE_TTL).await? {
                    return Ok((false, media::Removed::default()));
                }
                let row = &*held;
                let conversations = effects::conversations(tx, [row.contact_id].into(), [].into()).await?;
                let ids: Vec<_> = conversations.iter().map(|row| row.id).collect();
                let messages = erasures::messages(tx, &ids, MESSAGES).await?;
                let mut counts = removed(row);
                if messages.is_empty() {
                    let done = finish(tx, row, &conversations, counts).await?;
                    return Ok((done, media::Removed::default()));
                }
                let files = erasures::count_files(tx.conn(), &messages).await?;
                let ids: Vec<_> = messages.iter().map(|(id, _)| *id).collect();
                let contents = media::remove_of_messages(tx, &ids).await?;
                let [versions, updates, reactions, queued, keys] =
                    erasures::remove_messages(tx.conn(), &messages).await?;
                for (kind, count) in [
                    (ErasedKind::Message, messages.len() as u64),
                    (ErasedKind::Media, files),
                    (ErasedKind::MessageVersion, versions),
                    (ErasedKind::MessageUpdate, updates),
                    (ErasedKind::Reaction, reactions),
                    (ErasedKind::QueuedSend, queued),
                    (ErasedKind::IdempotencyKey, keys),
                ] {
                    add(&mut counts, kind, count);
                }
                let next = contact_erasure::Model { removed: json(&counts)?, ..row.clone() };
                erasures::save(tx.conn(), next).await?;
                Ok((true, contents))
            })
        })
        .await?;
    contents.clear(app).await;
    Ok(did)
}

async fn finish(
    tx: &Tx,
    row: &contact_erasure::Model,
    conversations: &[conversation::Model],
    mut counts: Removed,
) -> Result<bool> {
    let ids: Vec<_> = conversations.iter().map(|row| row.id).collect();
    // Somebody may have written something down meanwhile.
    erasures::remove_details(tx.conn(), row.contact_id).await?;
    erasures::remove_contact(tx.conn(), row.contact_id, &ids).await?;
    add(&mut counts, ErasedKind::Conversation, ids.len() as u64);
    add(&mut counts, ErasedKind::Contact, 1);
    let done = contact_erasure::Model {
        state: ErasureState::Done,
        progress: None,
        removed: json(&counts)?,
        finished_at: Some(tx.now()),
        ..row.clone()
    };
    erasures::save(tx.conn(), done).await?;
    for conversation in conversations {
        tx.emit(NewEvent {
            conversation_id: Some(conversation.id),
            channel_id: Some(conversation.channel_id),
            contact_id: Some(row.contact_id),
            ..NewEvent::new(EventKind::ConversationUpdated)
        });
    }
    tx.emit(updated(row.contact_id));
    Ok(true)
}

fn add(counts: &mut Removed, kind: ErasedKind, count: u64) {
    if count > 0 {
        *counts.entry(kind).or_default() += count;
    }
}

fn json<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(Error::internal)
}
