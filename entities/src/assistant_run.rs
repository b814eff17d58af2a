//! One turn of an assistant: the ledger.

use crate::{AssistantId, AssistantRunId, ConversationId, MessageId, Rating, RunState, Timestamp, UserId};
use sea_orm::entity::prelude::*;

/// A row of `assistant_run`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "assistant_run")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AssistantRunId,
    /// In which conversation.
    pub conversation_id: ConversationId,
    /// Which assistant.
    pub assistant_id: AssistantId,
    /// As it was then.
    pub assistant_version: i32,
    /// The model that was asked.
    pub model: String,
    /// How it stands, or how it ended.
    pub state: RunState,
    /// The customer's newest message that it answers.
    pub last_message_id: MessageId,
    /// The conversation's epoch when it began.
    pub control_epoch: i64,
    /// Which try of the turn it is, from 1.
    pub attempt: i32,
    /// Why it ended so, where that needs a word.
    pub reason: Option<String>,
    /// Of all its calls of the model.
    pub input_tokens: i64,
    /// Of all its calls of the model.
    pub output_tokens: i64,
    /// By the prices of then, in millionths; none where there were none.
    pub cost_micros: Option<i64>,
    /// ISO 4217, where the cost is by the table of prices.
    pub currency: Option<String>,
    /// What a person thinks of it.
    pub rating: Option<Rating>,
    /// Why.
    pub rating_note: Option<String>,
    /// Who.
    pub rated_by: Option<UserId>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
