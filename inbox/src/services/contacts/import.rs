//! Importing contacts from a file: taken whole and checked as far as that needs no contact, then worked off in portions.

mod book;
mod portion;
mod rows;
#[cfg(test)]
mod tests;

pub use portion::{Work, step};

use crate::app::App;
use crate::auth::{Permission, Reach, Refusal, RefusalCode, Viewer};
use crate::bus::Topic;
use crate::domain::contacts_file::{FileFault, Layout, MAX_FILE, MAX_ROWS};
use crate::error::{Error, Result};
use crate::media::Spooled;
use crate::services::access::{Subject, record};
use crate::store::db::NewEvent;
use crate::store::{Priority, Tx, attributes, imports};
use entities::{AuditAction, ContactsImportId, ContactsImportState, EventKind, OnExisting, contacts_import};
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::io::Read;
use std::sync::Arc;
use uuid::Uuid;

/// Longest idempotency key, in bytes.
const KEY: usize = 200;
/// Imports that wait or are under way at most: each keeps a file.
const UNFINISHED: u64 = 20;

/// A file of contacts to import.
#[derive(Debug)]
pub struct ContactsImport {
    /// CSV.
    pub file: Spooled,
    /// Only say what would change.
    pub dry_run: bool,
    /// What becomes of contacts that there are.
    pub on_existing: OnExisting,
    /// The caller's name for this import: the same key gives the same import again.
    pub idempotency_key: String,
}

/// Takes a file of contacts: returns the import as `QUEUED`, or the one that the same request made before.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::Edit`]; [`Error::Refused`] if the file as a whole cannot be taken.
pub async fn contacts_import(
    app: &App,
    viewer: &Viewer,
    input: ContactsImport,
) -> Result<contacts_import::Model> {
    viewer.require(Permission::Edit)?;
    let row = new_row(app, viewer, &input)?;
    if let Some(known) = imports::by_key(app.db.read(), &row.scope, &row.idempotency_key).await? {
        return same(known, &row);
    }
    let total_rows = i32::try_from(measure(app, &input.file).await?).map_err(Error::internal)?;
    let key = app.media.put(&input.file, app.ids.next::<Uuid>()).await?;
    let row = contacts_import::Model { total_rows, object_key: Some(key.clone()), ..row };
    let held = Arc::new((app.clone(), viewer.clone(), row));
    let kept = app
        .db
        .write(Priority::Interactive, move |tx| {
            let held = Arc::clone(&held);
            Box::pin(async move {
                let (app, viewer, row) = &*held;
                begin(tx, app, viewer, row).await
            })
        })
        .await;
    if kept.as_ref().map_or(true, |kept| kept.object_key.as_ref() != Some(&key))
        && let Err(error) = app.media.remove(&key).await
    {
        tracing::warn!(%error, "a file that is not imported was not removed yet");
    }
    kept
}

async fn begin(
    tx: &Tx,
    app: &App,
    viewer: &Viewer,
    row: &contacts_import::Model,
) -> Result<contacts_import::Model> {
    if let Some(known) = imports::by_key(tx.conn(), &row.scope, &row.idempotency_key).await? {
        return same(known, row);
    }
    if imports::count_unfinished(tx.conn()).await? >= UNFINISHED {
        let message =
            format!("{UNFINISHED} imports wait already; try again when some have ended, or cancel some");
        return Err(Refusal::new(RefusalCode::TooManyImports, message).into());
    }
    imports::insert(tx.conn(), row.clone()).await?;
    let action = AuditAction::ContactsImported;
    record(&app.ids, tx, viewer.actor(), action, Subject::ContactsImport(row.id), Vec::new()).await?;
    tx.emit(updated(row.id));
    tx.wake(Topic::Contacts);
    Ok(row.clone())
}

fn new_row(app: &App, viewer: &Viewer, input: &ContactsImport) -> Result<contacts_import::Model> {
    let key = &input.idempotency_key;
    if key.is_empty() || key.len() > KEY || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        let message = format!("use 1 to {KEY} visible ASCII characters, for example a UUID");
        return Err(Error::invalid("input.idempotencyKey", message));
    }
    let identity = serde_json::to_vec(&(&input.file.sha256, input.dry_run, input.on_existing));
    let now = app.clock.now();
    let (actor_kind, actor_id) = viewer.actor();
    Ok(contacts_import::Model {
        id: app.ids.next(),
        state: ContactsImportState::Queued,
        dry_run: input.dry_run,
        on_existing: input.on_existing,
        object_key: None,
        total_rows: 0,
        position: 0,
        processed_rows: 0,
        created_rows: 0,
        updated_rows: 0,
        unchanged_rows: 0,
        refused_rows: 0,
        failure: None,
        scope: viewer.scope(),
        idempotency_key: key.clone(),
        request_hash: hex::encode(Sha256::digest(identity.map_err(Error::internal)?)),
        actor_kind,
        actor_id,
        created_at: now,
        started_at: None,
        finished_at: None,
        updated_at: now,
    })
}

fn same(known: contacts_import::Model, asked: &contacts_import::Model) -> Result<contacts_import::Model> {
    if known.request_hash == asked.request_hash {
        return Ok(known);
    }
    let message = "this idempotency key was used for another import; use a new key for each import";
    Err(Refusal::of(RefusalCode::IdempotencyKeyReused, "idempotencyKey", message).into())
}

/// The number of rows, if the file can be read.
async fn measure(app: &App, file: &Spooled) -> Result<usize> {
    if file.size > MAX_FILE {
        let message = format!("the file is larger than {} MiB; split it", MAX_FILE >> 20);
        return Err(Refusal::of(RefusalCode::FileTooLarge, "file", message).into());
    }
    let known: Vec<String> =
        attributes::all(app.db.read(), Reach::All).await?.into_iter().map(|row| row.key).collect();
    let mut content = file.rewound().map_err(unreadable)?;
    let measured = tokio::task::spawn_blocking(move || {
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes).map_err(unreadable)?;
        let keys: HashSet<&str> = known.iter().map(String::as_str).collect();
        let layout = Layout::of(&bytes, |key| keys.contains(key));
        layout.map(|layout| layout.rows).map_err(|fault| refused(&fault, &known).into())
    });
    measured.await.map_err(Error::internal)?
}

fn unreadable(error: std::io::Error) -> Error {
    Error::Unavailable(format!("an uploaded file cannot be read: {error}"))
}

fn refused(fault: &FileFault, attributes: &[String]) -> Refusal {
    let columns = || {
        let fixed = ["phone", "name", "language", "tags", "owner"].map(str::to_owned);
        let keys = attributes.iter().map(|key| format!("attribute.{key}"));
        fixed.into_iter().chain(keys).collect::<Vec<_>>().join(", ")
    };
    let (code, message) = match fault {
        FileFault::NotUtf8 => {
            (RefusalCode::FileNotUtf8, "the file is not UTF-8; save it as \"CSV UTF-8\"".to_owned())
        }
        FileFault::Empty => {
            let message = format!("there is no row; give a header line ({}) and rows below", columns());
            (RefusalCode::FileEmpty, message)
        }
        FileFault::Unknown(place) => {
            let message =
                format!("column {place} of the header is not known; leave it out. Known: {}", columns());
            (RefusalCode::ColumnUnknown, message)
        }
        FileFault::Repeated(place) => {
            let message = format!("column {place} of the header was there before; leave one out");
            (RefusalCode::ColumnRepeated, message)
        }
        FileFault::NoPhone => {
            let message = format!("there is no column phone; the header may have: {}", columns());
            (RefusalCode::ColumnMissing, message)
        }
        FileFault::OpenQuote => {
            let message = "a cell begins with a quote that is never closed; close it, or double the quotes inside the cell";
            (RefusalCode::QuoteNotClosed, message.to_owned())
        }
        FileFault::TooManyRows => {
            (RefusalCode::TooManyRows, format!("there are more than {MAX_ROWS} rows; split the file"))
        }
    };
    Refusal::of(code, "file", message)
}

/// Stops an import: what it did stays, the rest is left.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::Edit`]; [`Error::NotFound`]; [`Error::Refused`] if it has ended.
pub async fn contacts_import_cancel(
    app: &App,
    viewer: &Viewer,
    id: ContactsImportId,
) -> Result<contacts_import::Model> {
    viewer.require(Permission::Edit)?;
    let (ids, actor) = (app.ids.clone(), viewer.actor());
    app.db
        .write(Priority::Interactive, move |tx| {
            let ids = ids.clone();
            Box::pin(async move {
                let row = imports::lock(tx, id).await?.ok_or(Error::NotFound("contacts import"))?;
                if is_over(&row) {
                    let message = "the import has ended already";
                    return Err(Refusal::new(RefusalCode::ImportEnded, message).into());
                }
                let (action, subject) = (AuditAction::ContactsImportCanceled, Subject::ContactsImport(id));
                record(&ids, tx, actor, action, subject, Vec::new()).await?;
                let state = ContactsImportState::Canceled;
                tx.emit(updated(id));
                tx.wake(Topic::Contacts);
                let now = tx.now();
                let row = contacts_import::Model { state, finished_at: Some(now), updated_at: now, ..row };
                imports::save(tx.conn(), row).await
            })
        })
        .await
}

fn is_over(row: &contacts_import::Model) -> bool {
    !matches!(row.state, ContactsImportState::Queued | ContactsImportState::Running)
}

/// A change of an import, for the log.
fn updated(id: ContactsImportId) -> NewEvent {
    NewEvent { subject_id: Some(id.0), ..NewEvent::new(EventKind::ContactsImportUpdated) }
}
