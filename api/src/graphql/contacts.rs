//! The people who write, or are written to.

mod attributes;
mod block;
mod erasure;
mod imports;
mod ledger;
mod mutations;
mod queries;

pub(super) use attributes::{
    ContactAttribute, ContactAttributeCreateUserError, ContactAttributeDeleteUserError,
    ContactAttributeMutations, ContactAttributeQueries, ContactAttributeUpdateUserError,
};
pub(super) use block::{ContactBlockMutations, ContactBlockUserError, ContactUnblockUserError};
pub(super) use erasure::{ContactEraseUserError, ContactErasure, ContactErasureMutations};
pub(super) use imports::{
    ContactsImport, ContactsImportCancelUserError, ContactsImportMutations, ContactsImportProblem,
    ContactsImportQueries, ContactsImportUserError,
};
pub(super) use mutations::{
    ContactCreateUserError, ContactMergeUserError, ContactMutations, ContactUpdateUserError,
};
pub(super) use queries::{ContactQueries, valid_search, valid_tag};

use super::context::Reader;
use super::errors::Result;
use super::global_id::GlobalId;
use super::load::{self, Related, Resource, Selection};
use super::scalars::{DateTime, PhoneNumber};
use super::users::{User, UserPlan};
use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use attributes::ContactAttributeValue;
use block::ContactBlock;
use entities::{ContactId, contact, contact_identity};
use futures_util::future::{BoxFuture, FutureExt};
use inbox::events::LoggedEvent;
use inbox::store::{contacts as store, tags};
use ledger::{ContactMerge, MarketingPreference};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// What the value of an identity is.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "entities::IdentityKind")]
pub(super) enum ContactIdentityKind {
    /// A phone number as WhatsApp knows it (`wa_id`).
    Phone,
    /// A business-scoped user id: stays when the person hides or changes the number.
    Bsuid,
    /// A business-scoped user id that spans linked business portfolios.
    ParentBsuid,
}

/// One name under which WhatsApp knows a contact.
#[derive(Clone, Debug, SimpleObject)]
pub(super) struct ContactIdentity {
    /// What kind of name it is.
    kind: ContactIdentityKind,
    /// The name exactly as WhatsApp gave it; for phones digits without a plus.
    value: String,
}

impl From<(entities::IdentityKind, String)> for ContactIdentity {
    fn from((kind, value): (entities::IdentityKind, String)) -> Self {
        Self { kind: kind.into(), value }
    }
}

impl From<contact_identity::Model> for ContactIdentity {
    fn from(row: contact_identity::Model) -> Self {
        Self::from((row.kind, row.value))
    }
}

/// See the description in the schema.
#[derive(Clone, Debug)]
pub(super) struct Contact {
    row: Arc<contact::Model>,
    identities: Related<Arc<[ContactIdentity]>>,
    owner: Related<User>,
    details: Arc<Details>,
}

/// What hangs on a contact.
#[derive(Debug)]
struct Details {
    tags: Related<Arc<[String]>>,
    attributes: Related<Arc<[ContactAttributeValue]>>,
    preferences: Related<Arc<[MarketingPreference]>>,
    merges: Related<Arc<[ContactMerge]>>,
    blocks: Related<Arc<[ContactBlock]>>,
    marketing_hold: Related<DateTime>,
}

/// What a selection asks of a contact beyond its row.
#[derive(Clone, Debug, Default)]
pub(super) struct ContactPlan {
    identities: bool,
    owner: Option<UserPlan>,
    tags: bool,
    attributes: bool,
    preferences: bool,
    merges: bool,
    blocks: bool,
    marketing_hold: bool,
}

impl ContactPlan {
    /// The plan of a selection on `Contact`.
    pub(super) fn of(selection: &Selection<'_>) -> Self {
        Self {
            identities: selection.has(&["identities", "phone"]),
            owner: selection.field("owner").map(|owner| UserPlan::of(&owner)),
            tags: selection.has(&["tags"]),
            attributes: selection.has(&["attributes"]),
            preferences: selection.has(&["marketingPreferences"]),
            merges: selection.has(&["mergedFrom"]),
            blocks: selection.has(&["blocks"]),
            marketing_hold: selection.has(&["marketingHeldUntil"]),
        }
    }
}

impl Contact {
    /// What is stored of it.
    pub(super) fn row(&self) -> &contact::Model {
        &self.row
    }

    /// What hangs on this contact alone.
    async fn read<'a, T, F>(
        &self,
        ctx: &Context<'a>,
        read: fn(Reader<'a>, Vec<ContactId>) -> F,
    ) -> Result<Option<T>>
    where
        F: Future<Output = Result<HashMap<ContactId, T>>> + Send,
    {
        Ok(read(Reader::new(ctx)?, vec![self.row.id]).await?.remove(&self.row.id))
    }

    async fn read_identities(&self, ctx: &Context<'_>) -> Result<Arc<[ContactIdentity]>> {
        if let Related::Read(found) = &self.identities {
            return Ok(found.clone().unwrap_or_default());
        }
        let reader = Reader::new(ctx)?;
        let rows = store::identities(reader.db(), reader.reach, [self.row.id]).await?;
        Ok(rows.into_iter().map(ContactIdentity::from).collect())
    }
}

/// A person who writes to the business, or is written to.
#[Object]
impl Contact {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        self.row.id.global()
    }

    /// The name to show: the one that the business gave, else the one on the person's WhatsApp profile.
    async fn name(&self) -> Option<&str> {
        self.row.name.as_deref().or(self.row.profile_name.as_deref())
    }

    /// The name on the person's WhatsApp profile.
    async fn profile_name(&self) -> Option<&str> {
        self.row.profile_name.as_deref()
    }

    /// The WhatsApp username, without `@`. A label that the person may change, never a key.
    async fn username(&self) -> Option<&str> {
        self.row.username.as_deref()
    }

    /// The phone number. Null if the person hides it; the conversation goes on all the same.
    async fn phone(&self, ctx: &Context<'_>) -> Option<Result<PhoneNumber>> {
        let phone = self.read_identities(ctx).await.map(|identities| {
            let phone = identities.iter().rev().find(|each| each.kind == ContactIdentityKind::Phone);
            phone.map(|identity| PhoneNumber::from_wa_id(&identity.value))
        });
        phone.transpose()
    }

    /// The names under which WhatsApp knows the person, oldest first.
    async fn identities(&self, ctx: &Context<'_>) -> Option<Result<Vec<ContactIdentity>>> {
        Some(self.read_identities(ctx).await.map(|identities| identities.to_vec()))
    }

    /// BCP 47 tag of the person's language, where known.
    async fn language(&self) -> Option<&str> {
        self.row.language.as_deref()
    }

    /// Who answers for the contact: new conversations start with this owner.
    async fn owner(&self, ctx: &Context<'_>) -> Option<Result<User>> {
        let read = async {
            load::load_one::<User>(Reader::new(ctx)?, &UserPlan::default(), self.row.owner_id).await
        };
        self.owner.or_read(read).await
    }

    /// The words that people put on the contact, sorted.
    async fn tags(&self, ctx: &Context<'_>) -> Option<Result<Vec<String>>> {
        list(self.details.tags.or_read(self.read(ctx, tagged)).await)
    }

    /// What the business knows of the contact besides: the attributes that have a value, by their keys.
    async fn attributes(&self, ctx: &Context<'_>) -> Option<Result<Vec<ContactAttributeValue>>> {
        list(self.details.attributes.or_read(self.read(ctx, attributes::read)).await)
    }

    /// What became known of the contact's wishes about marketing, the newest first, at most 100. The newest counts.
    async fn marketing_preferences(&self, ctx: &Context<'_>) -> Option<Result<Vec<MarketingPreference>>> {
        list(self.details.preferences.or_read(self.read(ctx, ledger::preferences)).await)
    }

    /// The contacts that became a part of this one, the last first, at most 100.
    async fn merged_from(&self, ctx: &Context<'_>) -> Option<Result<Vec<ContactMerge>>> {
        list(self.details.merges.or_read(self.read(ctx, ledger::merges)).await)
    }

    /// When the person stopped marketing messages. Null if marketing may be sent.
    async fn marketing_opted_out_at(&self) -> Option<DateTime> {
        self.row.marketing_opted_out_at.map(DateTime)
    }

    /// Until when the contact gets no marketing because WhatsApp refused some: it limits what a person gets from all
    /// businesses together. Null, or past, if marketing may be sent.
    async fn marketing_held_until(&self, ctx: &Context<'_>) -> Option<Result<DateTime>> {
        self.details.marketing_hold.or_read(self.read(ctx, ledger::holds)).await
    }

    /// When the business blocked the contact. Null if it did not: nothing can be sent to a blocked contact.
    async fn blocked_at(&self) -> Option<DateTime> {
        self.row.blocked_at.map(DateTime)
    }

    /// What WhatsApp made of the block, or of its end, on each channel on which the contact has a conversation. Empty if the
    /// contact was never blocked.
    async fn blocks(&self, ctx: &Context<'_>) -> Option<Result<Vec<ContactBlock>>> {
        list(self.details.blocks.or_read(self.read(ctx, block::read)).await)
    }

    /// When the contact was made.
    async fn created_at(&self) -> DateTime {
        self.row.created_at.into()
    }

    /// Last change of anything here.
    async fn updated_at(&self) -> DateTime {
        self.row.updated_at.into()
    }
}

impl Resource for Contact {
    type Id = ContactId;
    type Row = contact::Model;
    type Plan = ContactPlan;

    fn plan(selection: &Selection<'_>) -> ContactPlan {
        ContactPlan::of(selection)
    }

    fn id_of(row: &contact::Model) -> ContactId {
        row.id
    }

    fn at_hand(event: &LoggedEvent) -> Option<&Arc<contact::Model>> {
        event.contact.as_ref()
    }

    fn fetch(
        reader: Reader<'_>,
        ids: HashSet<ContactId>,
    ) -> BoxFuture<'_, inbox::Result<Vec<contact::Model>>> {
        store::by_ids(reader.db(), reader.reach, ids).boxed()
    }

    fn build<'a>(
        reader: Reader<'a>,
        rows: Vec<Arc<contact::Model>>,
        plan: &'a ContactPlan,
    ) -> BoxFuture<'a, Result<Vec<Self>>> {
        async move {
            let owners = rows.iter().map(|row| row.owner_id).collect::<Vec<_>>();
            let ids: Vec<ContactId> = rows.iter().map(|row| row.id).collect();
            let (mut identities, owners, mut tags, mut known) = tokio::try_join!(
                identities(reader, plan, &rows),
                load::load_many::<User>(reader, plan.owner.as_ref(), owners),
                of_all(reader, plan.tags, &ids, tagged),
                of_all(reader, plan.attributes, &ids, attributes::read),
            )?;
            let (mut preferences, mut merges, mut blocks, mut holds) = tokio::try_join!(
                of_all(reader, plan.preferences, &ids, ledger::preferences),
                of_all(reader, plan.merges, &ids, ledger::merges),
                of_all(reader, plan.blocks, &ids, block::read),
                of_all(reader, plan.marketing_hold, &ids, ledger::holds),
            )?;
            let contact = |row: Arc<contact::Model>| Self {
                identities: taken(&mut identities, row.id),
                owner: owners.related(Some(row.owner_id)),
                details: Arc::new(Details {
                    tags: taken(&mut tags, row.id),
                    attributes: taken(&mut known, row.id),
                    preferences: taken(&mut preferences, row.id),
                    merges: taken(&mut merges, row.id),
                    blocks: taken(&mut blocks, row.id),
                    marketing_hold: holds
                        .as_mut()
                        .map_or(Related::NotRead, |holds| Related::Read(holds.remove(&row.id))),
                }),
                row,
            };
            Ok(rows.into_iter().map(contact).collect())
        }
        .boxed()
    }
}

type Identities = HashMap<ContactId, Arc<[ContactIdentity]>>;

async fn identities(
    reader: Reader<'_>,
    plan: &ContactPlan,
    rows: &[Arc<contact::Model>],
) -> Result<Option<Identities>> {
    if !plan.identities || rows.is_empty() {
        return Ok(None);
    }
    let found = store::identities(reader.db(), reader.reach, rows.iter().map(|row| row.id)).await?;
    let groups = load::group(found, |identity| identity.contact_id).into_iter();
    Ok(Some(groups.map(|(id, rows)| (id, rows.into_iter().map(ContactIdentity::from).collect())).collect()))
}

async fn tagged(reader: Reader<'_>, ids: Vec<ContactId>) -> Result<HashMap<ContactId, Arc<[String]>>> {
    let found = tags::of_contacts(reader.db(), reader.reach, ids).await?;
    let groups = load::group(found, |row| row.contact_id).into_iter();
    Ok(groups.map(|(id, rows)| (id, rows.into_iter().map(|row| row.tag).collect())).collect())
}

/// What hangs on these contacts, if it was asked for.
async fn of_all<'a, T, F>(
    reader: Reader<'a>,
    wanted: bool,
    ids: &[ContactId],
    read: fn(Reader<'a>, Vec<ContactId>) -> F,
) -> Result<Option<HashMap<ContactId, T>>>
where
    F: Future<Output = Result<HashMap<ContactId, T>>> + Send,
{
    if !wanted || ids.is_empty() {
        return Ok(None);
    }
    read(reader, ids.to_vec()).await.map(Some)
}

/// What was read along for one contact, if anything was.
fn taken<T: Clone>(found: &mut Option<HashMap<ContactId, Arc<[T]>>>, id: ContactId) -> Related<Arc<[T]>> {
    match found {
        None => Related::NotRead,
        Some(found) => Related::Read(Some(found.remove(&id).unwrap_or_default())),
    }
}

/// A list that is empty where nothing was found.
fn list<T: Clone>(found: Option<Result<Arc<[T]>>>) -> Option<Result<Vec<T>>> {
    match found {
        None => Some(Ok(Vec::new())),
        Some(found) => Some(found.map(|items| items.to_vec())),
    }
}
