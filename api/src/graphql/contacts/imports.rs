//! Importing contacts from a file.

mod mutations;

pub(in crate::graphql) use mutations::{
    ContactsImportCancelUserError, ContactsImportMutations, ContactsImportUserError,
};

use crate::graphql::context::Reader;
use crate::graphql::errors::Result;
use crate::graphql::global_id::GlobalId;
use crate::graphql::load::{self, Resource, Selection};
use crate::graphql::ordering::{ContactsImportOrder, direction};
use crate::graphql::paging::{self, Connection, List, Listing, MAX_SIZE, PageArguments};
use crate::graphql::scalars::{Cursor, DateTime};
use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use entities::{ContactsImportId, contacts_import, contacts_import_problem};
use futures_util::future::{BoxFuture, FutureExt};
use inbox::store::imports as store;
use inbox::store::page::Direction;
use std::collections::HashSet;
use std::sync::Arc;

/// How far an import got.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "entities::ContactsImportState")]
pub(in crate::graphql) enum ContactsImportState {
    /// Waits for its turn: imports are worked off one after the other.
    Queued,
    /// Under way.
    Running,
    /// All rows were looked at.
    Done,
    /// Ended before its end; `failure` says why. What was done until then stays.
    Failed,
    /// Somebody stopped it. What was done until then stays.
    Canceled,
}

/// What becomes of contacts that there are when a file names them.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "entities::OnExisting")]
pub(in crate::graphql) enum ContactsImportOnExisting {
    /// What the file says counts; empty cells leave what is there. Tags are replaced as a whole.
    Update,
    /// They stay as they are.
    Keep,
}

/// Why an import could not go on.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "entities::ContactsImportFailure")]
pub(in crate::graphql) enum ContactsImportFailure {
    /// The file could not be read from the storage for 10 minutes. Send it again.
    FileUnreadable,
    /// Who began it has no access, or no permission `EDIT`, any more.
    RightsLost,
    /// An attribute that the file has a column for was deleted. Make it again, or leave the column out.
    AttributeDeleted,
}

/// What a row of a file can break.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "entities::ImportRule")]
pub(in crate::graphql) enum ContactsImportProblemCode {
    /// The row has more or fewer cells than the header.
    CellCount,
    /// There is no phone number.
    PhoneMissing,
    /// The text is no phone number.
    PhoneInvalid,
    /// A name is one line of 1 to 100 characters.
    NameInvalid,
    /// The text is no BCP 47 tag.
    LanguageInvalid,
    /// A tag is one line of 1 to 64 characters without a comma.
    TagInvalid,
    /// There may be 50 tags at most.
    TooManyTags,
    /// Nobody who could own a contact has this e-mail address, or you may not see it: with `ADMINISTER` you see all
    /// addresses, else your own.
    OwnerNotFound,
    /// The attribute takes other values.
    AttributeValueInvalid,
    /// A contact has the phone that you do not see.
    ContactNotVisible,
}

/// Why a row was not taken, or one of the reasons. It never holds what stood in the file.
#[derive(Clone, Debug, SimpleObject)]
pub(in crate::graphql) struct ContactsImportProblem {
    /// Which row: the header is row 1, and empty lines do not count.
    row: i32,
    /// The column's name. Null if it is about the row as a whole.
    field: Option<String>,
    /// Which rule.
    code: ContactsImportProblemCode,
    /// What is wrong and what to do, for people.
    message: String,
}

impl From<&contacts_import_problem::Model> for ContactsImportProblem {
    fn from(row: &contacts_import_problem::Model) -> Self {
        Self {
            row: i32::try_from(row.row_number).unwrap_or(i32::MAX),
            field: row.field.clone(),
            code: row.code.into(),
            message: row.message.clone(),
        }
    }
}

/// See the description in the schema.
#[derive(Clone, Debug)]
pub(in crate::graphql) struct ContactsImport(Arc<contacts_import::Model>);

/// A file of contacts that is being imported, or was. The file itself is removed when the import ends; this stays. It exists
/// for all who have the permission EDIT.
#[Object]
impl ContactsImport {
    /// Global id.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.global()
    }

    /// How far it got.
    async fn state(&self) -> ContactsImportState {
        self.0.state.into()
    }

    /// Whether it only says what would change: then nothing does, and the numbers are those that a run would have now.
    async fn dry_run(&self) -> bool {
        self.0.dry_run
    }

    /// What becomes of contacts that there are.
    async fn on_existing(&self) -> ContactsImportOnExisting {
        self.0.on_existing.into()
    }

    /// Rows of the file, without the header and empty lines.
    async fn total_rows(&self) -> i32 {
        self.0.total_rows
    }

    /// Rows done so far: the sum of the four below.
    async fn processed_rows(&self) -> i32 {
        self.0.processed_rows
    }

    /// Rows that made a contact.
    async fn created(&self) -> i32 {
        self.0.created_rows
    }

    /// Rows that changed a contact.
    async fn updated(&self) -> i32 {
        self.0.updated_rows
    }

    /// Rows that left a contact as it was.
    async fn unchanged(&self) -> i32 {
        self.0.unchanged_rows
    }

    /// Rows that were not taken; `problems` says why.
    async fn refused(&self) -> i32 {
        self.0.refused_rows
    }

    /// Why it failed. Null unless it did.
    async fn failure(&self) -> Option<ContactsImportFailure> {
        self.0.failure.map(Into::into)
    }

    /// When the file was given.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When it began. Null while it waits.
    async fn started_at(&self) -> Option<DateTime> {
        self.0.started_at.map(Into::into)
    }

    /// When it ended, however it did. Null until then.
    async fn finished_at(&self) -> Option<DateTime> {
        self.0.finished_at.map(Into::into)
    }

    /// What was wrong with rows, in their order; of a row everything that is.
    async fn problems(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first items, at most 100; 25 if neither first nor last is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only items behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "The last items instead of the first, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only items ahead of this cursor.")] before: Option<Cursor>,
    ) -> Result<Connection<ContactsImportProblem>> {
        let arguments = PageArguments { first, after, last, before };
        let (list, look) = (List::ContactsImportProblems, ctx.look_ahead());
        let request = arguments.request(list, MAX_SIZE, Direction::Ascending, &look)?;
        let db = Reader::new(ctx)?.db();
        let page = store::problems(db, self.0.id, &request).await?;
        let total = if look.field("totalCount").exists() {
            Some(store::count_problems(db, self.0.id).await?)
        } else {
            None
        };
        let nodes = page.rows.iter().map(ContactsImportProblem::from).collect();
        Ok(Connection::new(list, &page, store::problem_position, nodes, total))
    }
}

impl Resource for ContactsImport {
    type Id = ContactsImportId;
    type Row = contacts_import::Model;
    type Plan = ();

    fn plan(_: &Selection<'_>) {}

    fn id_of(row: &contacts_import::Model) -> ContactsImportId {
        row.id
    }

    fn fetch(
        reader: Reader<'_>,
        ids: HashSet<ContactsImportId>,
    ) -> BoxFuture<'_, inbox::Result<Vec<contacts_import::Model>>> {
        store::by_ids(reader.db(), reader.may_edit, ids).boxed()
    }

    fn build<'a>(
        _: Reader<'a>,
        rows: Vec<Arc<contacts_import::Model>>,
        (): &'a (),
    ) -> BoxFuture<'a, Result<Vec<Self>>> {
        async move { Ok(rows.into_iter().map(Self).collect()) }.boxed()
    }
}

#[derive(Default)]
pub(in crate::graphql) struct ContactsImportQueries;

#[Object]
impl ContactsImportQueries {
    /// One import of contacts. Null if there is none, or none for the caller. Needs `EDIT`.
    async fn contacts_import(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The import's id.")] id: ID,
    ) -> Option<Result<ContactsImport>> {
        let read =
            async { load::load_one(Reader::new(ctx)?, &(), ContactsImportId::parse("id", &id)?).await };
        read.await.transpose()
    }

    /// The imports of contacts, newest first unless asked otherwise. None for callers without `EDIT`.
    async fn contacts_imports(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How the list is ordered; newest first if absent.")] order_by: Option<
            ContactsImportOrder,
        >,
        #[graphql(desc = "The first items, at most 100; 25 if neither first nor last is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only items behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "The last items instead of the first, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only items ahead of this cursor.")] before: Option<Cursor>,
    ) -> Result<Connection<ContactsImport>> {
        let list = Listing {
            list: List::ContactsImports,
            max: MAX_SIZE,
            direction: direction(order_by.map(|order| order.direction)),
            arguments: PageArguments { first, after, last, before },
            position: store::position,
        };
        paging::connection(
            ctx,
            list,
            |reader, request| async move { store::page(reader.db(), reader.may_edit, &request).await },
            |reader| async move { store::count(reader.db(), reader.may_edit).await },
        )
        .await
    }
}
