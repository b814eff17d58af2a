//! What contacts want of marketing, and who became one with them.

use super::ContactIdentity;
use crate::graphql::context::Reader;
use crate::graphql::errors::Result;
use crate::graphql::global_id::GlobalId;
use crate::graphql::load;
use crate::graphql::messages::ActorKind;
use crate::graphql::scalars::DateTime;
use async_graphql::{Enum, ID, SimpleObject};
use entities::{ContactId, contact_merge, marketing_preference};
use inbox::services::contacts::MergedContact;
use inbox::store::{marketing_holds, merges, preferences};
use std::collections::HashMap;
use std::sync::Arc;

/// Rows of each contact that are shown.
const SHOWN: usize = 100;

/// What a contact wants of marketing.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "entities::PreferenceValue")]
pub(in crate::graphql) enum MarketingPreferenceValue {
    /// No more marketing messages.
    Stop,
    /// To have them again.
    Resume,
}

/// How a preference became known.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "entities::PreferenceSource")]
pub(in crate::graphql) enum MarketingPreferenceSource {
    /// The contact chose it in WhatsApp.
    Whatsapp,
    /// WhatsApp refused a marketing message for it.
    ProviderError,
    /// The contact wrote one of the words that mean it.
    Keyword,
    /// Somebody who works here wrote it down.
    User,
    /// A file that was imported said so.
    Import,
}

/// That a contact wanted no more marketing messages, or wanted them again. Never changed: the newest counts.
#[derive(Clone, Debug, SimpleObject)]
pub(in crate::graphql) struct MarketingPreference {
    /// No more of them, or again.
    value: MarketingPreferenceValue,
    /// How it became known.
    source: MarketingPreferenceSource,
    /// When it was said, by WhatsApp's time where WhatsApp told.
    occurred_at: DateTime,
    /// What kind of actor wrote it down. Null if the contact said it.
    actor_kind: Option<ActorKind>,
    /// Which user or API token wrote it down.
    actor_id: Option<ID>,
    /// The message that said so, or that was refused.
    message_id: Option<ID>,
}

impl From<marketing_preference::Model> for MarketingPreference {
    fn from(row: marketing_preference::Model) -> Self {
        Self {
            value: row.value.into(),
            source: row.source.into(),
            occurred_at: row.occurred_at.into(),
            actor_kind: row.actor_kind.map(Into::into),
            actor_id: row.actor_kind.zip(row.actor_id).and_then(|(kind, id)| actor(kind, id)),
            message_id: row.message_id.map(GlobalId::global),
        }
    }
}

/// A contact that became a part of another.
#[derive(Clone, Debug, SimpleObject)]
pub(in crate::graphql) struct ContactMerge {
    /// The id that the contact had; it leads nowhere any more.
    source_id: ID,
    /// The name that was shown.
    name: Option<String>,
    /// The names under which WhatsApp knew it.
    identities: Vec<ContactIdentity>,
    /// When it was made.
    created_at: DateTime,
    /// When the two became one.
    merged_at: DateTime,
    /// What kind of actor did it; the system, where a customer's new number was known already.
    actor_kind: ActorKind,
    /// Which user or API token did it.
    actor_id: Option<ID>,
}

impl ContactMerge {
    fn of(row: &contact_merge::Model) -> Option<Self> {
        let was = MergedContact::of(row)?;
        Some(Self {
            source_id: row.source_id.global(),
            name: was.name.or(was.profile_name),
            identities: was.identities.into_iter().map(ContactIdentity::from).collect(),
            created_at: was.created_at.into(),
            merged_at: row.merged_at.into(),
            actor_kind: row.actor_kind.into(),
            actor_id: row.actor_id.and_then(|id| actor(row.actor_kind, id)),
        })
    }
}

fn actor(kind: entities::ActorKind, id: uuid::Uuid) -> Option<ID> {
    match kind {
        entities::ActorKind::User => Some(entities::UserId(id).global()),
        entities::ActorKind::ApiToken => Some(entities::ApiTokenId(id).global()),
        entities::ActorKind::Assistant | entities::ActorKind::System => None,
    }
}

/// What these contacts said of marketing, the newest first.
pub(super) async fn preferences(
    reader: Reader<'_>,
    contacts: Vec<ContactId>,
) -> Result<HashMap<ContactId, Arc<[MarketingPreference]>>> {
    let rows = preferences::of_contacts(reader.db(), reader.reach, contacts).await?;
    let groups = load::group(rows, |row| row.contact_id).into_iter();
    Ok(groups.map(|(id, rows)| (id, rows.into_iter().take(SHOWN).map(Into::into).collect())).collect())
}

/// Who became one with these contacts, the newest first.
pub(super) async fn merges(
    reader: Reader<'_>,
    contacts: Vec<ContactId>,
) -> Result<HashMap<ContactId, Arc<[ContactMerge]>>> {
    let rows = merges::of_contacts(reader.db(), reader.reach, contacts).await?;
    let groups = load::group(rows, |row| row.contact_id).into_iter();
    Ok(groups
        .map(|(id, rows)| (id, rows.iter().take(SHOWN).filter_map(ContactMerge::of).collect()))
        .collect())
}

/// Until when these contacts get no marketing.
pub(super) async fn holds(reader: Reader<'_>, ids: Vec<ContactId>) -> Result<HashMap<ContactId, DateTime>> {
    let holds = marketing_holds::of(reader.db(), ids.iter().copied(), []).await?;
    Ok(ids.into_iter().filter_map(|id| Some((id, DateTime(holds.of_contact(id)?)))).collect())
}
