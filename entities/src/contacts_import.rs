//! A file of contacts that is being imported, or was.

use crate::{ActorKind, ContactsImportFailure, ContactsImportId, ContactsImportState, OnExisting, Timestamp};
use sea_orm::entity::prelude::*;

/// A row of `contacts_import`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "contacts_import")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ContactsImportId,
    /// How far it got.
    pub state: ContactsImportState,
    /// Whether it only says what it would do.
    pub dry_run: bool,
    /// What becomes of contacts that there are.
    pub on_existing: OnExisting,
    /// Where the file is in the storage; none once it was removed.
    pub object_key: Option<String>,
    /// Rows of the file, without the header.
    pub total_rows: i32,
    /// The byte of the file at which the next row begins.
    pub position: i64,
    /// Rows done.
    pub processed_rows: i32,
    /// Rows that made a contact.
    pub created_rows: i32,
    /// Rows that changed a contact.
    pub updated_rows: i32,
    /// Rows that left a contact as it was.
    pub unchanged_rows: i32,
    /// Rows that were not taken.
    pub refused_rows: i32,
    /// Why it failed, if it did.
    pub failure: Option<ContactsImportFailure>,
    /// The caller, as the one whose key it is.
    pub scope: String,
    /// The caller's key.
    pub idempotency_key: String,
    /// SHA-256 of the request, hex: the same key with another request is refused.
    pub request_hash: String,
    /// What kind of actor asked.
    pub actor_kind: ActorKind,
    /// Which one.
    pub actor_id: Option<Uuid>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it ended, however it did.
    pub finished_at: Option<Timestamp>,
    /// Last progress.
    pub updated_at: Timestamp,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
