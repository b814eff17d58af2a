//! Giving a file of contacts, and stopping its import.

use super::{ContactsImport, ContactsImportOnExisting};
use crate::graphql::context::{app, viewer};
use crate::graphql::errors::{Failure, Result};
use crate::graphql::global_id::GlobalId;
use crate::graphql::scalars::{NO_FILE, Upload};
use crate::graphql::user_errors::{refusals, split};
use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entities::ContactsImportId;
use inbox::auth::{Permission, Viewer};
use inbox::domain::contacts_file::MAX_FILE;
use inbox::media::{Spool, SpoolError, Spooled};
use inbox::services::contacts as services;
use std::sync::Arc;

refusals! {
    /// Why a file of contacts was not taken.
    ContactsImportUserError, ContactsImportUserErrorCode {
        /// The file is larger than 20 MiB.
        FileTooLarge,
        /// The file is not UTF-8.
        FileNotUtf8,
        /// The file has no row below its header.
        FileEmpty,
        /// The header has a column that means nothing here; the message says which there may be.
        ColumnUnknown,
        /// The header has a column twice.
        ColumnRepeated,
        /// The header has no column `phone`.
        ColumnMissing,
        /// A cell begins with a quote that is never closed.
        QuoteNotClosed,
        /// The file has more than 100,000 rows.
        TooManyRows,
        /// 20 imports wait or are under way.
        TooManyImports,
        /// The key was used for another file, or with other options.
        IdempotencyKeyReused,
    }
}

refusals! {
    /// Why an import was not stopped.
    ContactsImportCancelUserError, ContactsImportCancelUserErrorCode {
        /// The import has ended.
        ImportEnded,
    }
}

/// A file of contacts to import.
#[derive(InputObject)]
struct ContactsImportInput {
    /// The file, by the GraphQL multipart request specification: CSV in UTF-8, at most 20 MiB and 100,000 rows, cells between
    /// commas or semicolons. Columns: `phone` (needed), `name`, `language`, `tags` (with `|` between them), `owner` (the
    /// e-mail address of a user) and `attribute.KEY` for each attribute; `id`, `cursor` and `createdAt` of an export are passed
    /// over.
    file: Upload,
    /// True: change nothing, and say what would change. False if absent.
    dry_run: Option<bool>,
    /// What becomes of contacts that there are; `UPDATE` if absent.
    on_existing: Option<ContactsImportOnExisting>,
    /// Your name for this import, 1 to 200 visible ASCII characters: the same key with the same file and options gives the same
    /// import again.
    idempotency_key: String,
}

/// An import that waits for its turn, or why there is none.
#[derive(SimpleObject)]
struct ContactsImportPayload {
    /// The import. Null if there are user errors.
    contacts_import: Option<ContactsImport>,
    /// Why there is none.
    user_errors: Vec<ContactsImportUserError>,
}

/// An import that was stopped, or why it was not.
#[derive(SimpleObject)]
struct ContactsImportCancelPayload {
    /// The import, `CANCELED`. Null if there are user errors.
    contacts_import: Option<ContactsImport>,
    /// Why it was not stopped.
    user_errors: Vec<ContactsImportCancelUserError>,
}

#[derive(Default)]
pub(in crate::graphql) struct ContactsImportMutations;

#[Object]
impl ContactsImportMutations {
    /// Takes a file of contacts, and returns at once: the rows are worked off in portions, which `events` tells of. Each makes
    /// a contact, or changes the one that has the phone in whichever national form. No conversation begins, and nothing is
    /// sent. Needs `EDIT`.
    async fn contacts_import(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The file, and what to do with it.")] input: ContactsImportInput,
    ) -> Result<ContactsImportPayload> {
        let viewer = viewer(ctx)?;
        let input = services::ContactsImport {
            file: spooled(ctx, viewer, input.file).await?,
            dry_run: input.dry_run.unwrap_or_default(),
            on_existing: input.on_existing.unwrap_or(ContactsImportOnExisting::Update).into(),
            idempotency_key: input.idempotency_key,
        };
        let (row, user_errors) = split(services::contacts_import(app(ctx), viewer, input).await)?;
        let contacts_import = row.map(|row| ContactsImport(Arc::new(row)));
        Ok(ContactsImportPayload { contacts_import, user_errors })
    }

    /// Stops an import. What it did stays. Needs `EDIT`.
    async fn contacts_import_cancel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The import's id.")] id: ID,
    ) -> Result<ContactsImportCancelPayload> {
        let (viewer, id) = (viewer(ctx)?, ContactsImportId::parse("id", &id)?);
        let (row, user_errors) = split(services::contacts_import_cancel(app(ctx), viewer, id).await)?;
        let contacts_import = row.map(|row| ContactsImport(Arc::new(row)));
        Ok(ContactsImportCancelPayload { contacts_import, user_errors })
    }
}

/// The file that came with the request, for who may import.
async fn spooled(ctx: &Context<'_>, viewer: &Viewer, upload: Upload) -> Result<Spooled> {
    viewer.require(Permission::Edit)?;
    let sent = ctx.query_env.uploads.get(upload.0);
    let sent = sent.ok_or_else(|| Failure::bad_input("input.file", NO_FILE))?;
    let storage = |error: &dyn std::fmt::Display| {
        Failure::from(inbox::Error::Unavailable(format!("an uploaded file cannot be kept: {error}")))
    };
    let value = sent.try_clone().map_err(|error| storage(&error))?;
    let mut reader = tokio::fs::File::from_std(value.content);
    let mut spool = Spool::new(MAX_FILE + 1).await.map_err(|error| storage(&error))?;
    match spool.read_from(&mut reader).await {
        // Measured as too large by the use case, whatever there is more of.
        Ok(()) | Err(SpoolError::TooLarge(_)) => {}
        Err(error @ SpoolError::Io(_)) => return Err(storage(&error)),
    }
    spool.finish().await.map_err(|error| storage(&error))
}
