//! Why a row of a file of contacts was not taken.

use crate::{ContactsImportId, ContactsImportProblemId, ImportRule};
use sea_orm::entity::prelude::*;

/// A row of `contacts_import_problem`. It never holds what stood in the file.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "contacts_import_problem")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ContactsImportProblemId,
    /// Of which import.
    pub import_id: ContactsImportId,
    /// The row, where the header is row 1.
    pub row_number: i64,
    /// The column's name; none if it is about the whole row.
    pub field: Option<String>,
    /// Which rule.
    pub code: ImportRule,
    /// What is wrong and what to do.
    pub message: String,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
