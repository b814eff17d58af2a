//! Messages that are written once and sent many times.

mod mutations;

pub(super) use mutations::{
    SavedMessageCreateUserError, SavedMessageDeleteUserError, SavedMessageMutations,
    SavedMessageUpdateUserError,
};

use super::contacts::valid_search;
use super::content::MessageContent;
use super::context::Reader;
use super::errors::Result;
use super::global_id::GlobalId;
use super::load::{self, Related, Resource, Selection};
use super::messages::MessageKind;
use super::ordering::{SavedMessageOrder, direction};
use super::paging::{self, Connection, List, Listing, MAX_SIZE, PageArguments};
use super::scalars::{Cursor, DateTime};
use super::users::{User, UserPlan};
use async_graphql::{Context, ID, Object};
use entities::{SavedMessageId, saved_message};
use futures_util::future::{BoxFuture, FutureExt};
use inbox::services::send::Draft;
use inbox::store::saved_messages as store;
use std::collections::HashSet;
use std::sync::Arc;

/// See the description in the schema.
#[derive(Clone, Debug)]
pub(super) struct SavedMessage {
    row: Arc<saved_message::Model>,
    created_by: Related<User>,
    updated_by: Related<User>,
}

/// What a selection asks of a saved message beyond its row.
#[derive(Clone, Debug, Default)]
pub(super) struct SavedMessagePlan {
    created_by: Option<UserPlan>,
    updated_by: Option<UserPlan>,
}

impl SavedMessagePlan {
    /// The plan of a selection on `SavedMessage`.
    pub(super) fn of(selection: &Selection<'_>) -> Self {
        Self {
            created_by: selection.field("createdBy").map(|user| UserPlan::of(&user)),
            updated_by: selection.field("updatedBy").map(|user| UserPlan::of(&user)),
        }
    }
}

/// A message that is written once and sent many times, by `messageSend` with its id. Lists and reply buttons are always
/// sent from one.
#[Object]
impl SavedMessage {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        self.row.id.global()
    }

    /// Unique.
    async fn name(&self) -> &str {
        &self.row.name
    }

    /// In which language it is written, as a BCP 47 tag. Null if nobody said.
    async fn language(&self) -> Option<&str> {
        self.row.language.as_deref()
    }

    /// The kind of the message that it becomes.
    async fn kind(&self) -> MessageKind {
        MessageKind::from_stored(&self.row.kind)
    }

    /// What it says. Of a file it has what was given: its type and hash are the message's, once it is sent.
    async fn content(&self) -> Option<MessageContent> {
        let draft: Draft = serde_json::from_str(&self.row.draft).ok()?;
        draft.preview().map(Into::into)
    }

    /// Who wrote it. Null for integrations.
    async fn created_by(&self, ctx: &Context<'_>) -> Option<Result<User>> {
        let read = async {
            let Some(id) = self.row.created_by else { return Ok(None) };
            load::load_one::<User>(Reader::new(ctx)?, &UserPlan::default(), id).await
        };
        self.created_by.or_read(read).await
    }

    /// Who changed it last. Null for integrations.
    async fn updated_by(&self, ctx: &Context<'_>) -> Option<Result<User>> {
        let read = async {
            let Some(id) = self.row.updated_by else { return Ok(None) };
            load::load_one::<User>(Reader::new(ctx)?, &UserPlan::default(), id).await
        };
        self.updated_by.or_read(read).await
    }

    /// When it was written.
    async fn created_at(&self) -> DateTime {
        self.row.created_at.into()
    }

    /// When it was last changed.
    async fn updated_at(&self) -> DateTime {
        self.row.updated_at.into()
    }
}

impl Resource for SavedMessage {
    type Id = SavedMessageId;
    type Row = saved_message::Model;
    type Plan = SavedMessagePlan;

    fn plan(selection: &Selection<'_>) -> SavedMessagePlan {
        SavedMessagePlan::of(selection)
    }

    fn id_of(row: &saved_message::Model) -> SavedMessageId {
        row.id
    }

    fn fetch(
        reader: Reader<'_>,
        ids: HashSet<SavedMessageId>,
    ) -> BoxFuture<'_, inbox::Result<Vec<saved_message::Model>>> {
        store::by_ids(reader.db(), reader.reach, ids).boxed()
    }

    fn build<'a>(
        reader: Reader<'a>,
        rows: Vec<Arc<saved_message::Model>>,
        plan: &'a SavedMessagePlan,
    ) -> BoxFuture<'a, Result<Vec<Self>>> {
        async move {
            let creators: Vec<_> = rows.iter().filter_map(|row| row.created_by).collect();
            let updaters: Vec<_> = rows.iter().filter_map(|row| row.updated_by).collect();
            let (creators, updaters) = tokio::try_join!(
                load::load_many::<User>(reader, plan.created_by.as_ref(), creators),
                load::load_many::<User>(reader, plan.updated_by.as_ref(), updaters),
            )?;
            let saved = |row: Arc<saved_message::Model>| Self {
                created_by: creators.related(row.created_by),
                updated_by: updaters.related(row.updated_by),
                row,
            };
            Ok(rows.into_iter().map(saved).collect())
        }
        .boxed()
    }
}

#[derive(Default)]
pub(super) struct SavedMessageQueries;

#[Object]
impl SavedMessageQueries {
    /// The saved messages, newest first unless asked otherwise. They exist for whoever sees any conversation.
    #[expect(clippy::too_many_arguments, reason = "each is an argument of the schema")]
    async fn saved_messages(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only saved messages whose name begins with this. At most 100 characters.")]
        search: Option<String>,
        #[graphql(desc = "How the list is ordered; newest first if absent.")] order_by: Option<
            SavedMessageOrder,
        >,
        #[graphql(desc = "The first items, at most 100; 25 if neither first nor last is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only items behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "The last items instead of the first, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only items ahead of this cursor.")] before: Option<Cursor>,
    ) -> Result<Connection<SavedMessage>> {
        let search = valid_search(search.as_deref())?;
        let list = Listing {
            list: List::SavedMessages,
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
