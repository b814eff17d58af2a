//! A stored file's content. Files with the same content share it.

use crate::Timestamp;
use sea_orm::entity::prelude::*;

/// A row of `blob`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "blob")]
pub struct Model {
    /// Key: lower-case hex.
    #[sea_orm(primary_key, auto_increment = false)]
    pub sha256: String,
    /// Where it is in the storage. Never used twice, so that what is removed cannot be what is being written.
    pub object_key: String,
    /// Bytes.
    pub size: i64,
    /// By content; `application/octet-stream` if that tells nothing.
    pub mime_type: String,
    /// Whether it is a picture that moves.
    pub animated: bool,
    /// Pixels as shown, of a picture.
    pub width: Option<i32>,
    /// Pixels as shown, of a picture.
    pub height: Option<i32>,
    /// A small picture of it as a data URL, of a picture.
    pub preview: Option<String>,
    /// When it was stored.
    pub created_at: Timestamp,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
