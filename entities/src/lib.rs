//! One SeaORM entity a file, typed ids and stored enums. No queries.
//!
//! A row is plain data: times are [`Timestamp`]s, JSON is text, ids are time-ordered UUIDs (version 7).

#![recursion_limit = "256"]

pub mod api_token;
pub mod assistant;
pub mod assistant_document;
pub mod assistant_passage;
pub mod assistant_run;
pub mod assistant_run_step;
pub mod audit_entry;
pub mod blob;
pub mod channel;
pub mod contact;
pub mod contact_attribute;
pub mod contact_attribute_value;
pub mod contact_block;
pub mod contact_erasure;
pub mod contact_identity;
pub mod contact_merge;
pub mod contact_tag;
pub mod contacts_import;
pub mod contacts_import_problem;
pub mod conversation;
pub mod conversation_change;
pub mod conversation_tag;
pub mod event;
pub mod event_head;
pub mod idempotency_key;
pub mod inbox_notification;
pub mod integration;
pub mod invitation;
pub mod job;
pub mod job_position;
pub mod job_run;
pub mod lease;
pub mod marketing_hold;
pub mod marketing_preference;
pub mod media;
pub mod media_upload;
pub mod message;
pub mod message_retry;
pub mod message_update;
pub mod message_version;
pub mod model_price;
pub mod outbox;
pub mod provider_task;
pub mod provider_update;
pub mod reaction;
pub mod refresh_token;
pub mod role;
pub mod saved_message;
pub mod scheduled_message;
pub mod secret;
pub mod setting;
pub mod template;
pub mod template_change;
pub mod tool_call;
pub mod tool_server;
pub mod tool_server_tool;
pub mod turn;
pub mod user;
pub mod user_identity;
pub mod waiting_message;
pub mod webhook_receipt;
pub mod webhook_receipt_head;

mod ids;
mod kinds;
mod timestamp;

pub use ids::*;
pub use kinds::*;
pub use timestamp::Timestamp;
