//! Files: those of messages, those that wait to be sent, their contents, and what the provider was given of them.

mod downloads;
mod removal;
mod uploads;

pub use downloads::{claim, lock_claim, renew};
pub use removal::{remove_kept, remove_of_messages, remove_unattached, unknown_keys};
pub use uploads::{forget_upload, note_upload, upload};

use crate::auth::Reach;
use crate::domain::revocation::RevokedMessages;
use crate::error::Result;
use crate::store::{Tx, reach};
use entities::{MediaId, MessageId, blob, media, message};
use sea_orm::sea_query::{Expr, SelectStatement};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};
use std::collections::HashMap;

/// A file with its content, if it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// The file.
    pub row: media::Model,
    /// Its content.
    pub blob: Option<blob::Model>,
}

/// The files of these messages, in the order of each message.
///
/// # Errors
/// If the database refuses.
pub async fn of_messages<C: ConnectionTrait>(
    db: &C,
    reach: Reach,
    revoked: RevokedMessages,
    messages: impl IntoIterator<Item = MessageId>,
) -> Result<Vec<File>> {
    let select = media::Entity::find()
        .filter(visible(reach, revoked))
        .filter(media::Column::MessageId.is_in(messages));
    let select = select.order_by_asc(media::Column::MessageId).order_by_asc(media::Column::Slot);
    with_blobs(db, select.all(db).await?).await
}

/// Those of these files that exist for the caller, in no order.
///
/// # Errors
/// If the database refuses.
pub async fn by_ids<C: ConnectionTrait>(
    db: &C,
    reach: Reach,
    revoked: RevokedMessages,
    ids: impl IntoIterator<Item = MediaId>,
) -> Result<Vec<File>> {
    let select = media::Entity::find().filter(visible(reach, revoked)).filter(media::Column::Id.is_in(ids));
    with_blobs(db, select.all(db).await?).await
}

/// A file that exists for the caller.
///
/// # Errors
/// If the database refuses.
pub async fn get<C: ConnectionTrait>(
    db: &C,
    reach: Reach,
    revoked: RevokedMessages,
    id: MediaId,
) -> Result<Option<File>> {
    Ok(by_ids(db, reach, revoked, [id]).await?.pop())
}

/// A message's file exists for whom the message does, unless it is hidden; a saved message's for whoever sees any
/// conversation; one that waits for a message for who sent it to us.
fn visible(reach: Reach, revoked: RevokedMessages) -> Condition {
    let of_message = reach::of_message(reach, media::Column::MessageId);
    let covered = match reach {
        Reach::Own(user) => Condition::any().add(of_message).add(media::Column::Kept.eq(true)).add(
            Condition::all()
                .add(media::Column::MessageId.is_null())
                .add(media::Column::UploadedBy.eq(user.0)),
        ),
        Reach::All | Reach::Nothing => of_message,
    };
    match revoked {
        RevokedMessages::Hide => Condition::all().add(covered).add(Expr::exists(revoked_message()).not()),
        RevokedMessages::Show => covered,
    }
}

/// The file's message, if it was deleted for everyone.
fn revoked_message() -> SelectStatement {
    let message = message::Column::Id.into_expr();
    message::Entity::find()
        .select_only()
        .expr(Expr::val(1))
        .filter(message.eq(media::Column::MessageId.into_expr()))
        .filter(message::Column::RevokedAt.is_not_null())
        .into_query()
}

async fn with_blobs<C: ConnectionTrait>(db: &C, rows: Vec<media::Model>) -> Result<Vec<File>> {
    let wanted: Vec<String> = rows.iter().filter_map(|row| row.blob_sha256.clone()).collect();
    let mut blobs: HashMap<String, blob::Model> = HashMap::new();
    if !wanted.is_empty() {
        let found = blob::Entity::find().filter(blob::Column::Sha256.is_in(wanted)).all(db).await?;
        blobs.extend(found.into_iter().map(|blob| (blob.sha256.clone(), blob)));
    }
    let file = |row: media::Model| {
        let blob = row.blob_sha256.as_ref().and_then(|sha256| blobs.get(sha256).cloned());
        File { row, blob }
    };
    Ok(rows.into_iter().map(file).collect())
}

/// Makes a file.
///
/// # Errors
/// If the database refuses.
pub async fn insert(tx: &Tx, row: media::Model) -> Result<()> {
    media::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(tx.conn()).await?;
    Ok(())
}

/// Changes a file, which is locked.
///
/// # Errors
/// If the database refuses.
pub async fn update(tx: &Tx, id: MediaId, changed: media::ActiveModel) -> Result<()> {
    media::Entity::update_many().set(changed).filter(media::Column::Id.eq(id)).exec(tx.conn()).await?;
    Ok(())
}

/// A file, locked until commit, whoever may see it.
///
/// # Errors
/// If the database refuses.
pub async fn lock(tx: &Tx, id: MediaId) -> Result<Option<media::Model>> {
    let query = media::Entity::find_by_id(id);
    let query = if tx.has_row_locks() { query.lock_exclusive() } else { query };
    Ok(query.one(tx.conn()).await?)
}

/// The stored content with this hash, locked until commit, so that it cannot be removed before; or `new`, now stored.
///
/// # Errors
/// If the database refuses.
pub async fn keep_blob(tx: &Tx, new: &blob::Model) -> Result<blob::Model> {
    if let Some(known) = lock_blob(tx, &new.sha256).await? {
        return Ok(known);
    }
    blob::Entity::insert(new.clone().into_active_model().reset_all())
        .exec_without_returning(tx.conn())
        .await?;
    Ok(new.clone())
}

/// A content, locked until commit, so that it cannot be removed before.
///
/// # Errors
/// If the database refuses.
pub async fn lock_blob(tx: &Tx, sha256: &str) -> Result<Option<blob::Model>> {
    let query = blob::Entity::find_by_id(sha256);
    let query = if tx.has_row_locks() { query.lock_exclusive() } else { query };
    Ok(query.one(tx.conn()).await?)
}
