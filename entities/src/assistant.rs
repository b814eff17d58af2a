//! An AI agent that answers customers.

use crate::{AssistantId, AssistantProvider, Timestamp};
use sea_orm::entity::prelude::*;

/// A row of `assistant`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "assistant")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AssistantId,
    /// Unique among those that are not deleted.
    pub name: String,
    /// Whether it answers.
    pub enabled: bool,
    /// How its model is spoken to.
    pub provider: AssistantProvider,
    /// Where the model is; the provider's own address where unset.
    pub base_url: Option<String>,
    /// The model's name at its provider.
    pub model: String,
    /// Sealed (`inbox::vault`).
    pub api_key: Option<Vec<u8>>,
    /// The end of the key, for people to know it by.
    pub api_key_last_four: Option<String>,
    /// What the business wants of it.
    pub instructions: String,
    /// JSON list of the beginnings of web addresses that it may send.
    pub allowed_urls: String,
    /// Stands before its first answer in a conversation.
    pub disclosure: Option<String>,
    /// What the customer reads when it gives the conversation to people.
    pub hand_off_message: Option<String>,
    /// Where an answer of the model is cut, in tokens.
    pub max_output_tokens: i32,
    /// Answers in one conversation within 24 hours.
    pub max_answers_per_day: i32,
    /// Tokens for one conversation within 24 hours.
    pub max_tokens_per_day: i32,
    /// What it may cost in a calendar month (UTC), in millionths of the currency of its prices.
    pub monthly_budget_micros: Option<i64>,
    /// Price of a million input tokens, in millionths.
    pub input_price_micros: Option<i64>,
    /// Price of a million output tokens, in millionths.
    pub output_price_micros: Option<i64>,
    /// Raised by each change.
    pub version: i32,
    /// When it was made.
    pub created_at: Timestamp,
    /// Last change.
    pub updated_at: Timestamp,
    /// From then on it answers nobody.
    pub deleted_at: Option<Timestamp>,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
