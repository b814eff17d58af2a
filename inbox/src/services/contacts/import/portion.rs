//! Working a file off: each portion is one transaction, with the place up to which the file is done. So a kill at any
//! instant leaves whole portions behind, and whoever goes on begins where the last one ended.

use super::book::{Book, Contacts, Outcome};
use super::rows::{FileRow, Problem};
use super::{is_over, updated as import_updated};
use crate::app::App;
use crate::auth::{Permission, Viewer};
use crate::domain::contacts_file::Layout;
use crate::error::{Error, Result};
use crate::services::access::viewer_of_actor;
use crate::services::contacts::{home, updated};
use crate::store::{Priority, Tx, imports, leases};
use entities::{
    ContactsImportFailure, ContactsImportId, ContactsImportState, contacts_import, contacts_import_problem,
};
use futures_util::TryStreamExt;
use std::sync::Arc;
use std::time::Duration;

/// Only one node at a time works on imports.
const LEASE: &str = "imports";
const LEASE_TTL: Duration = Duration::from_secs(10);
/// Rows in one transaction.
const ROWS: usize = 500;
/// A file that cannot be read for so long is given up.
const PATIENCE: Duration = Duration::from_secs(10 * 60);

/// An import under way, with its file in memory.
#[derive(Debug)]
pub struct Work {
    id: ContactsImportId,
    position: i64,
    file: Arc<File>,
    /// What a dry run would have left: nothing of it is in the database.
    carried: Contacts,
}

#[derive(Debug)]
struct File {
    bytes: Vec<u8>,
    layout: Layout,
}

/// Takes the oldest import one portion further. False if there is none, or another node does it.
///
/// # Errors
/// If the store cannot do it now; it goes on where it stands.
pub async fn step(app: &App, work: &mut Option<Work>) -> Result<bool> {
    let held = work.take();
    let Some(row) = imports::next(app.db.read()).await? else { return Ok(false) };
    if is_over(&row) {
        return clear(app, &row).await;
    }
    if leases::is_taken(app.db.read(), LEASE, app.node, app.clock.now()).await? {
        return Ok(false);
    }
    let viewer = match viewer_of_actor(app, row.actor_kind, row.actor_id).await {
        Ok(viewer) if viewer.may(Permission::Edit) => viewer,
        Ok(_) | Err(Error::Unauthenticated(_)) => {
            return fail(app, row.id, ContactsImportFailure::RightsLost).await;
        }
        Err(error) => return Err(error),
    };
    let held = held.filter(|held| held.id == row.id && held.position == row.position);
    let held = match held {
        Some(held) => held,
        None => match open(app, &row).await? {
            Some(held) => held,
            None => return Ok(false),
        },
    };
    *work = portion(app, held, row, viewer).await?;
    Ok(true)
}

/// Reads the file of an import whose turn it is. None if another node has it by now, or nobody can read it.
async fn open(app: &App, row: &contacts_import::Model) -> Result<Option<Work>> {
    let Some(key) = &row.object_key else { return Ok(None) };
    let began = app.db.write(Priority::Background, {
        let (node, id) = (app.node, row.id);
        move |tx| Box::pin(async move { start(tx, node, id).await })
    });
    let Some(row) = began.await? else { return Ok(None) };
    let bytes = match read(app, key).await {
        Ok(bytes) => bytes,
        Err(error) if app.clock.now().since(row.updated_at) > PATIENCE => {
            tracing::error!(%error, import = %row.id, "the file of an import cannot be read");
            fail(app, row.id, ContactsImportFailure::FileUnreadable).await?;
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let file = tokio::task::spawn_blocking(move || {
        // Which attributes there are may have changed; each portion looks.
        let layout = Layout::of(&bytes, |_| true);
        layout.map(|layout| File { bytes, layout })
    });
    let file = file.await.map_err(Error::internal)?;
    let Ok(file) = file else {
        fail(app, row.id, ContactsImportFailure::FileUnreadable).await?;
        return Ok(None);
    };
    let (file, carried) = (Arc::new(file), Contacts::default());
    Ok(Some(Work { id: row.id, position: row.position, file, carried }))
}

/// Marks an import as under way. A dry run that broke off begins anew: what it had found is lost.
async fn start(
    tx: &Tx,
    node: entities::NodeId,
    id: ContactsImportId,
) -> Result<Option<contacts_import::Model>> {
    if !leases::acquire(tx.conn(), LEASE, node, tx.now(), LEASE_TTL).await? {
        return Ok(None);
    }
    let Some(mut row) = imports::lock(tx, id).await?.filter(|row| !is_over(row)) else { return Ok(None) };
    let again = row.dry_run && row.position > 0;
    if row.state == ContactsImportState::Running && !again {
        return Ok(Some(row));
    }
    if again {
        imports::remove_problems(tx.conn(), id).await?;
        row = contacts_import::Model {
            position: 0,
            processed_rows: 0,
            created_rows: 0,
            updated_rows: 0,
            unchanged_rows: 0,
            refused_rows: 0,
            ..row
        };
    }
    row.state = ContactsImportState::Running;
    row.started_at = row.started_at.or(Some(tx.now()));
    row.updated_at = tx.now();
    tx.emit(import_updated(id));
    Ok(Some(imports::save(tx.conn(), row).await?))
}

async fn read(app: &App, key: &str) -> Result<Vec<u8>> {
    let failed = |error: std::io::Error| Error::Unavailable(format!("the file of an import failed: {error}"));
    let mut content = app.media.read(key, None).await?;
    let mut bytes = Vec::new();
    while let Some(piece) = content.try_next().await.map_err(failed)? {
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

/// What a portion starts from.
struct Portion {
    app: App,
    viewer: Viewer,
    id: ContactsImportId,
    position: i64,
    /// Where the next one begins; none at the end of the file.
    next: Option<i64>,
    rows: Vec<FileRow>,
    file: Arc<File>,
    carried: Contacts,
}

/// Takes some rows. Gives the work back if there is more to do.
async fn portion(app: &App, work: Work, row: contacts_import::Model, viewer: Viewer) -> Result<Option<Work>> {
    let home = home(app, app.db.read()).await?;
    let Work { id, position, file, mut carried } = work;
    let from = usize::try_from(position).map_err(Error::internal)?.max(file.layout.start);
    let (first, held) = (i64::from(row.processed_rows) + 2, Arc::clone(&file));
    let read = tokio::task::spawn_blocking(move || {
        let mut reader = held.layout.rows(&held.bytes, from).peekable();
        let mut rows = Vec::with_capacity(ROWS);
        let mut end = from;
        for (number, row) in (first..).zip(reader.by_ref().take(ROWS)) {
            end = row.end;
            rows.push(FileRow::read(&held.layout, number, row, home));
        }
        (rows, reader.peek().is_some().then_some(end))
    });
    let (rows, end) = read.await.map_err(Error::internal)?;
    let next = end.map(i64::try_from).transpose().map_err(Error::internal)?;
    let some = carried.with_phones(&rows);
    let portion = Arc::new(Portion {
        app: app.clone(),
        viewer,
        id,
        position,
        next,
        rows,
        file: Arc::clone(&file),
        carried: some,
    });
    let done = app.db.write(Priority::Background, move |tx| {
        let portion = Arc::clone(&portion);
        Box::pin(async move { write(tx, &portion).await })
    });
    let Some(left) = done.await? else { return Ok(None) };
    carried.take(left);
    Ok(next.map(|position| Work { id, position, file, carried }))
}

/// One portion, if it is still this node's to do: gives what a dry run carries on to the next.
async fn write(tx: &Tx, portion: &Portion) -> Result<Option<Contacts>> {
    let app = &portion.app;
    if !leases::acquire(tx.conn(), LEASE, app.node, tx.now(), LEASE_TTL).await? {
        return Ok(None);
    }
    let row = imports::lock(tx, portion.id).await?;
    let Some(mut row) = row.filter(|row| !is_over(row) && row.position == portion.position) else {
        return Ok(None);
    };
    let carried = portion.carried.clone();
    let mut book = Book::open(tx, &app.ids, &portion.viewer, row.on_existing, &portion.rows, carried).await?;
    if !book.knows(&portion.file.layout.columns) {
        end(tx, row, ContactsImportFailure::AttributeDeleted).await?;
        return Ok(None);
    }
    let mut problems = Vec::new();
    for each in &portion.rows {
        row.processed_rows += 1;
        match book.apply(tx, each)? {
            Outcome::Created => row.created_rows += 1,
            Outcome::Updated => row.updated_rows += 1,
            Outcome::Unchanged => row.unchanged_rows += 1,
            Outcome::Refused(found) => {
                row.refused_rows += 1;
                let problem = |Problem { field, rule, message }| contacts_import_problem::Model {
                    id: app.ids.next(),
                    import_id: portion.id,
                    row_number: each.number,
                    field,
                    code: rule,
                    message,
                };
                problems.extend(found.into_iter().map(problem));
            }
        }
    }
    imports::insert_problems(tx.conn(), problems).await?;
    let mut left = Contacts::default();
    if row.dry_run {
        left = book.close();
    } else {
        let (written, told) = book.close().written();
        imports::write(tx.conn(), written).await?;
        for id in told {
            tx.emit(updated(id));
        }
    }
    row.updated_at = tx.now();
    match portion.next {
        Some(next) => row.position = next,
        None => {
            row.state = ContactsImportState::Done;
            row.finished_at = Some(tx.now());
        }
    }
    tx.emit(import_updated(row.id));
    imports::save(tx.conn(), row).await?;
    Ok(Some(left))
}

async fn fail(app: &App, id: ContactsImportId, failure: ContactsImportFailure) -> Result<bool> {
    let failed = app.db.write(Priority::Background, move |tx| {
        Box::pin(async move {
            match imports::lock(tx, id).await?.filter(|row| !is_over(row)) {
                Some(row) => end(tx, row, failure).await,
                None => Ok(()),
            }
        })
    });
    failed.await?;
    Ok(true)
}

async fn end(tx: &Tx, row: contacts_import::Model, failure: ContactsImportFailure) -> Result<()> {
    tx.emit(import_updated(row.id));
    let row = contacts_import::Model {
        state: ContactsImportState::Failed,
        failure: Some(failure),
        finished_at: Some(tx.now()),
        updated_at: tx.now(),
        ..row
    };
    imports::save(tx.conn(), row).await?;
    Ok(())
}

/// Removes the file of an import that ended: what stood in it is nowhere else then but in the contacts.
async fn clear(app: &App, row: &contacts_import::Model) -> Result<bool> {
    let Some(key) = &row.object_key else { return Ok(true) };
    app.media.remove(key).await?;
    let id = row.id;
    let forgotten = app.db.write(Priority::Background, move |tx| {
        Box::pin(async move { imports::forget_file(tx.conn(), id).await })
    });
    forgotten.await?;
    Ok(true)
}
