//! The people who write, or are written to.

use super::context::Reader;
use super::errors::{Failure, Result};
use super::global_id::GlobalId;
use super::load::{self, Related, Resource, Selection};
use super::ordering::{ContactOrder, direction};
use super::paging::{self, Connection, List, Listing, MAX_SIZE, PageArguments};
use super::scalars::{Cursor, DateTime, PhoneNumber};
use super::users::{User, UserPlan};
use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use entities::{ContactId, contact, contact_identity};
use futures_util::future::{BoxFuture, FutureExt};
use inbox::events::LoggedEvent;
use inbox::store::contacts as store;
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

impl From<contact_identity::Model> for ContactIdentity {
    fn from(row: contact_identity::Model) -> Self {
        Self { kind: row.kind.into(), value: row.value }
    }
}

/// See the description in the schema.
#[derive(Clone, Debug)]
pub(super) struct Contact {
    row: Arc<contact::Model>,
    identities: Related<Arc<[ContactIdentity]>>,
    owner: Related<User>,
}

/// What a selection asks of a contact beyond its row.
#[derive(Clone, Debug, Default)]
pub(super) struct ContactPlan {
    identities: bool,
    owner: Option<UserPlan>,
}

impl ContactPlan {
    /// The plan of a selection on `Contact`.
    pub(super) fn of(selection: &Selection<'_>) -> Self {
        Self {
            identities: selection.has(&["identities", "phone"]),
            owner: selection.field("owner").map(|owner| UserPlan::of(&owner)),
        }
    }
}

impl Contact {
    /// What is stored of it.
    pub(super) fn row(&self) -> &contact::Model {
        &self.row
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

    /// When the person stopped marketing messages. Null if marketing may be sent.
    async fn marketing_opted_out_at(&self) -> Option<DateTime> {
        self.row.marketing_opted_out_at.map(DateTime)
    }

    /// When the business blocked the contact. Null if it did not: nothing can be sent to a blocked contact.
    async fn blocked_at(&self) -> Option<DateTime> {
        self.row.blocked_at.map(DateTime)
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
            let (mut identities, owners) = tokio::try_join!(
                identities(reader, plan, &rows),
                load::load_many::<User>(reader, plan.owner.as_ref(), owners)
            )?;
            let contact = |row: Arc<contact::Model>| Self {
                identities: match &mut identities {
                    None => Related::NotRead,
                    Some(found) => Related::Read(found.remove(&row.id)),
                },
                owner: owners.related(Some(row.owner_id)),
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

#[derive(Default)]
pub(super) struct ContactQueries;

#[Object]
impl ContactQueries {
    /// One contact. Null if there is none, or none for the caller.
    async fn contact(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The contact's id.")] id: ID,
    ) -> Option<Result<Contact>> {
        let read = async {
            let reader = Reader::new(ctx)?;
            let plan = ContactPlan::of(&Selection::new([ctx.look_ahead()]));
            load::load_one(reader, &plan, ContactId::parse("id", &id)?).await
        };
        read.await.transpose()
    }

    /// The contacts, newest first unless asked otherwise.
    #[expect(clippy::too_many_arguments, reason = "each is an argument of the schema")]
    async fn contacts(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Only contacts whose name, profile name or username begins with this, or whose phone number \
                          has these digits in a row (at least 3). At most 100 characters."
        )]
        search: Option<String>,
        #[graphql(desc = "How the list is ordered; newest first if absent.")] order_by: Option<ContactOrder>,
        #[graphql(desc = "The first items, at most 100; 25 if neither first nor last is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only items behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "The last items instead of the first, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only items ahead of this cursor.")] before: Option<Cursor>,
    ) -> Result<Connection<Contact>> {
        let search = valid_search(search.as_deref())?;
        let list = Listing {
            list: List::Contacts,
            max: MAX_SIZE,
            direction: direction(order_by.map(|order| order.direction)),
            arguments: PageArguments { first, after, last, before },
            position: store::position,
        };
        paging::connection(
            ctx,
            list,
            |reader, request| async move { store::page(reader.db(), reader.reach, search, &request).await },
            |reader| async move { store::count(reader.db(), reader.reach, search).await },
        )
        .await
    }
}

/// What to search for, if it is not too long.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub(super) fn valid_search(search: Option<&str>) -> Result<Option<&str>> {
    const LONGEST: usize = 100;
    match search {
        Some(text) if text.chars().count() > LONGEST => Err(Failure::bad_input(
            "search",
            format_args!("at most {LONGEST} characters can be searched for"),
        )),
        other => Ok(other),
    }
}
