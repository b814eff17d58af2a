//! Reads of contacts.

use super::{Contact, ContactPlan};
use crate::graphql::context::Reader;
use crate::graphql::errors::{Failure, Result};
use crate::graphql::global_id::GlobalId;
use crate::graphql::load::{self, Selection};
use crate::graphql::ordering::{ContactOrder, direction};
use crate::graphql::paging::{self, Connection, List, Listing, MAX_SIZE, PageArguments};
use crate::graphql::scalars::Cursor;
use async_graphql::{Context, ID, InputObject, Object};
use entities::{ContactId, UserId};
use inbox::domain::contacts as rules;
use inbox::store::contacts as store;
use inbox::store::merges::survivors;

/// Which contacts. What is absent or null does not matter; what is given must all be so.
#[derive(Clone, Debug, Default, InputObject)]
struct ContactFilter {
    /// Only those with this tag, in whatever case.
    tag: Option<String>,
    /// Only those for whom this user answers.
    owner_id: Option<ID>,
    /// True: only those that the business blocked. False: only the others.
    blocked: Option<bool>,
    /// True: only those that want no marketing messages. False: only the others.
    marketing_opted_out: Option<bool>,
}

impl ContactFilter {
    /// In the store's terms.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for ids of other types and for what is no tag.
    fn to_store(&self, search: Option<&str>) -> Result<store::ContactFilter> {
        Ok(store::ContactFilter {
            search: search.map(str::to_owned),
            tag: valid_tag(self.tag.as_deref())?,
            owner_id: UserId::parse_option("filter.ownerId", self.owner_id.as_ref())?,
            blocked: self.blocked,
            marketing_opted_out: self.marketing_opted_out,
        })
    }
}

/// The tag to filter by, in its normal form.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub(in crate::graphql) fn valid_tag(tag: Option<&str>) -> Result<Option<String>> {
    let valid = |text| {
        let refused =
            || Failure::bad_input("filter.tag", "a tag is one line of 1 to 64 characters without a comma");
        rules::tag(text).ok_or_else(refused)
    };
    tag.map(valid).transpose()
}

#[derive(Default)]
pub(in crate::graphql) struct ContactQueries;

#[Object]
impl ContactQueries {
    /// One contact. Null if there is none, or none for the caller. The id of one that became a part of another leads to that.
    async fn contact(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The contact's id.")] id: ID,
    ) -> Option<Result<Contact>> {
        let read = async {
            let reader = Reader::new(ctx)?;
            let plan = ContactPlan::of(&Selection::new([ctx.look_ahead()]));
            let id = ContactId::parse("id", &id)?;
            if let Some(contact) = load::load_one(reader, &plan, id).await? {
                return Ok(Some(contact));
            }
            match survivors(reader.db(), [id]).await?.remove(&id) {
                Some(id) => load::load_one(reader, &plan, id).await,
                None => Ok(None),
            }
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
        #[graphql(desc = "Only contacts that match all of this.")] filter: Option<ContactFilter>,
        #[graphql(desc = "How the list is ordered; newest first if absent.")] order_by: Option<ContactOrder>,
        #[graphql(desc = "The first items, at most 100; 25 if neither first nor last is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only items behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "The last items instead of the first, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only items ahead of this cursor.")] before: Option<Cursor>,
    ) -> Result<Connection<Contact>> {
        let search = valid_search(search.as_deref())?;
        let filter = &filter.unwrap_or_default().to_store(search)?;
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
            |reader, request| async move { store::page(reader.db(), reader.reach, filter, &request).await },
            |reader| async move { store::count(reader.db(), reader.reach, filter).await },
        )
        .await
    }
}

/// What to search for, if it is not too long.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub(in crate::graphql) fn valid_search(search: Option<&str>) -> Result<Option<&str>> {
    const LONGEST: usize = 100;
    match search {
        Some(text) if text.chars().count() > LONGEST => Err(Failure::bad_input(
            "search",
            format_args!("at most {LONGEST} characters can be searched for"),
        )),
        other => Ok(other),
    }
}
