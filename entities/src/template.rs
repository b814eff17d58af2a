//! A message template in one language, as Meta has it.

use crate::{TemplateId, Timestamp};
use sea_orm::entity::prelude::*;

/// A row of `template`. Meta's words are kept as they come: there are new ones every year.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "template")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TemplateId,
    /// Meta's id of the WhatsApp Business Account. With name and language it is unique.
    pub business_account_id: String,
    /// Meta's id of the template in this language. A template that is made anew under the same name gets a new one.
    pub provider_id: String,
    /// The same in all languages.
    pub name: String,
    /// `en_US`.
    pub language: String,
    /// `APPROVED`, `PENDING`, `REJECTED`, `PAUSED`…
    pub status: String,
    /// Why it was rejected, paused or disabled, in Meta's words.
    pub status_reason: Option<String>,
    /// The provider's time of the newest status that was announced, so that late ones change nothing.
    pub status_at: Option<Timestamp>,
    /// `MARKETING`, `UTILITY` or `AUTHENTICATION`. Unknown until the template was listed.
    pub category: Option<String>,
    /// The category before Meta moved it.
    pub previous_category: Option<String>,
    /// The category that Meta holds right and will move it to.
    pub correct_category: Option<String>,
    /// When Meta moved it, or will.
    pub category_change_at: Option<Timestamp>,
    /// `GREEN`, `YELLOW`, `RED` or `UNKNOWN`.
    pub quality: Option<String>,
    /// `POSITIONAL` or `NAMED`.
    pub parameter_format: Option<String>,
    /// What it consists of, Meta's JSON. An empty list until the template was listed.
    pub components: String,
    /// A webhook told something that only a listing can complete.
    pub needs_sync: bool,
    /// When it was seen here first.
    pub created_at: Timestamp,
    /// Last change here.
    pub updated_at: Timestamp,
    /// When it was gone from Meta's list.
    pub deleted_at: Option<Timestamp>,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
