//! Two contacts that turned out to be one person.

use super::block::ask;
use super::updated;
use crate::app::App;
use crate::auth::{Permission, Reach, Refusal, RefusalCode, Viewer};
use crate::clock::Ids;
use crate::error::{Error, Result};
use crate::services::access::{Subject, record};
use crate::services::timeline::Why;
use crate::services::{receive, turns};
use crate::store::db::NewEvent;
use crate::store::{
    Priority, Tx, contacts, effects, erasures, leases, merges, send, timeline as store_timeline,
};
use entities::{
    ActorKind, AuditAction, ChangeCause, ContactId, ConversationChangeKind, EventKind, IdentityKind, contact,
    contact_merge, conversation,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use uuid::Uuid;

/// What a contact was before it became a part of another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergedContact {
    /// The name that the business gave.
    pub name: Option<String>,
    /// The name on the person's WhatsApp profile.
    pub profile_name: Option<String>,
    /// When the contact was made.
    pub created_at: entities::Timestamp,
    /// The names under which it was known.
    pub identities: Vec<(IdentityKind, String)>,
}

impl MergedContact {
    /// What is stored of it; none if this version cannot read it.
    #[must_use]
    pub fn of(row: &contact_merge::Model) -> Option<Self> {
        serde_json::from_str(&row.source).ok()
    }
}

/// Who does it.
pub(crate) type Actor = (ActorKind, Option<Uuid>);

/// Makes `source` a part of `id`: its names, conversations, tags, attributes and preferences. Where both have a
/// conversation on a channel, the messages become one thread in the order of their times. What both say differently stays
/// as it is in `id`. `source` is no more.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::Edit`]; [`Error::NotFound`]; [`Error::Refused`] also if a conversation of
/// one of the two is not the caller's to see.
pub async fn contact_merge(
    app: &App,
    viewer: &Viewer,
    id: ContactId,
    source: ContactId,
) -> Result<contact::Model> {
    viewer.require(Permission::Edit)?;
    let held = Arc::new((app.ids.clone(), viewer.clone()));
    app.db
        .write(Priority::Interactive, move |tx| {
            let held = Arc::clone(&held);
            Box::pin(async move {
                let (ids, viewer) = &*held;
                leases::hold_off(tx, receive::LEASE).await?;
                let id = merges::current(tx.conn(), id).await?;
                let source = merges::current(tx.conn(), source).await?;
                if id == source {
                    let message = "this is the same contact; name another, which becomes a part of this one";
                    return Err(Refusal::of(RefusalCode::SameContact, "contactId", message).into());
                }
                let seen = contacts::by_ids(tx.conn(), viewer.reach(), [id, source]).await?;
                // What becomes a part of somebody who is being erased would be erased as well.
                let fading = erasures::any_of_contacts(tx.conn(), [id, source]).await?;
                if seen.len() < 2 || fading {
                    return Err(Error::NotFound("contact"));
                }
                merge(tx, ids, viewer.reach(), id, source, viewer.actor()).await?;
                let (action, subject) = (AuditAction::ContactMerged, Subject::Contact(id));
                record(ids, tx, viewer.actor(), action, subject, Vec::new()).await?;
                send::contact(tx.conn(), id).await?.ok_or(Error::NotFound("contact"))
            })
        })
        .await
}

/// As [`contact_merge`], in the transaction of whoever applies webhooks, or holds it off.
pub(crate) async fn merge(
    tx: &Tx,
    ids: &Ids,
    reach: Reach,
    target: ContactId,
    source: ContactId,
    (actor_kind, actor_id): Actor,
) -> Result<()> {
    let conversations = effects::conversations(tx, [target, source].into(), [].into()).await?;
    if !conversations.iter().all(|row| reach.covers(row)) {
        let message = "one of the two has a conversation that you do not see; ask somebody who sees both";
        return Err(Refusal::new(RefusalCode::ConversationNotVisible, message).into());
    }
    let mut changed = Vec::new();
    let why = Why { cause: ChangeCause::Request, actor: Some((actor_kind, actor_id)), message_id: None };
    for row in conversations.iter().filter(|row| row.contact_id == source) {
        let other =
            conversations.iter().find(|each| each.contact_id == target && each.channel_id == row.channel_id);
        match other {
            Some(other) => {
                merges::move_messages(tx, row.id, other.id).await?;
                merges::remove_conversation(tx.conn(), row.id, other.id).await?;
                let after = joined(other, row, tx.now());
                merges::save_conversation(tx.conn(), after.clone()).await?;
                let line = why.line(ids, ConversationChangeKind::Merged, &after, tx.now());
                store_timeline::insert(tx.conn(), line).await?;
                turns::interrupt(tx, &[other.id]).await?;
                changed.extend([(other.id, other.channel_id), (row.id, row.channel_id)]);
            }
            None => {
                let moved = conversation::Model { contact_id: target, updated_at: tx.now(), ..row.clone() };
                merges::save_conversation(tx.conn(), moved).await?;
                changed.push((row.id, row.channel_id));
            }
        }
    }
    let rows = merges::lock_contacts(tx, [target, source]).await?;
    let find = |id| rows.iter().find(|row| row.id == id).cloned().ok_or(Error::NotFound("contact"));
    let (before, from) = (find(target)?, find(source)?);
    let names = merges::identities(tx.conn(), source).await?;
    let was = MergedContact {
        name: from.name.clone(),
        profile_name: from.profile_name.clone(),
        created_at: from.created_at,
        identities: names.into_iter().map(|row| (row.kind, row.value)).collect(),
    };
    merges::hand_over(tx.conn(), source, target).await?;
    let blocked = before.blocked_at.is_some() || from.blocked_at.is_some();
    contacts::save(tx.conn(), one_person(before, from, tx.now())).await?;
    if blocked {
        ask(tx, ids, target, true).await?;
    }
    let record = contact_merge::Model {
        id: ids.next(),
        contact_id: target,
        source_id: source,
        source: serde_json::to_string(&was).map_err(Error::internal)?,
        merged_at: tx.now(),
        actor_kind,
        actor_id,
    };
    merges::record(tx.conn(), record).await?;
    for (id, channel) in changed {
        tx.emit(NewEvent {
            conversation_id: Some(id),
            channel_id: Some(channel),
            contact_id: Some(target),
            ..NewEvent::new(EventKind::ConversationUpdated)
        });
    }
    tx.emit(updated(source));
    tx.emit(updated(target));
    Ok(())
}

/// One thread of two on the same channel. Owner, mode and assistant are the first one's.
fn joined(
    into: &conversation::Model,
    from: &conversation::Model,
    now: entities::Timestamp,
) -> conversation::Model {
    let newest =
        (from.last_message_at, from.last_message_id).max((into.last_message_at, into.last_message_id));
    // Whoever wrote last says whether the window is open.
    let window = if from.last_inbound_at > into.last_inbound_at { from } else { into };
    conversation::Model {
        control_epoch: into.control_epoch.max(from.control_epoch) + 1,
        archived: into.archived && from.archived,
        unread_count: into.unread_count.saturating_add(from.unread_count),
        last_message_at: newest.0,
        last_message_id: newest.1,
        last_activity_at: into.last_activity_at.max(from.last_activity_at),
        last_inbound_at: window.last_inbound_at,
        window_closed_by_provider: window.window_closed_by_provider,
        created_at: into.created_at.min(from.created_at),
        updated_at: now,
        ..into.clone()
    }
}

/// One contact of two: what the first lacks the second gives, and the newest word on marketing counts.
fn one_person(into: contact::Model, from: contact::Model, now: entities::Timestamp) -> contact::Model {
    let word = if from.marketing_preference_at > into.marketing_preference_at { &from } else { &into };
    contact::Model {
        marketing_opted_out_at: word.marketing_opted_out_at,
        marketing_preference_at: word.marketing_preference_at,
        name: into.name.or(from.name),
        profile_name: into.profile_name.or(from.profile_name),
        username: into.username.or(from.username),
        language: into.language.or(from.language),
        assistant_id: into.assistant_id.or(from.assistant_id),
        blocked_at: into.blocked_at.or(from.blocked_at),
        created_at: into.created_at.min(from.created_at),
        updated_at: now,
        id: into.id,
        owner_id: into.owner_id,
    }
}
