//! The GraphQL schema: one file a resource, with its types, queries, mutations and subscriptions.
//!
//! A resolver reads the store as its caller, or calls one use case. What is shared stands in `load` (batches), `paging`
//! (connections), `global_id`, `scalars` and `errors`.

mod api_tokens;
mod assistants;
mod audit;
mod channels;
mod contacts;
mod content;
mod content_input;
mod context;
mod conversations;
mod errors;
mod events;
mod global_id;
mod jobs;
mod language;
mod load;
mod media;
mod messages;
mod model_prices;
mod node;
mod notifications;
mod ordering;
mod paging;
mod roles;
mod saved_messages;
mod scalars;
mod sessions;
mod settings;
mod templates;
mod tool_servers;
pub(crate) mod transport;
mod user_errors;
mod users;
mod viewer;
mod waiting_messages;
mod webhook_receipts;

#[cfg(test)]
mod tests;

use crate::http::media::FileAddress;
use api_tokens::{ApiTokenMutations, ApiTokenQueries};
use assistants::{AssistantDocumentMutations, AssistantMutations, AssistantQueries, AssistantRunQueries};
use async_graphql::{MergedObject, MergedSubscription, SDLExportOptions, ValidationMode};
use audit::AuditQueries;
use channels::{ChannelMutations, ChannelQueries};
use contacts::{
    ContactAttributeMutations, ContactAttributeQueries, ContactBlockMutations, ContactErasureMutations,
    ContactMutations, ContactQueries, ContactsImportMutations, ContactsImportQueries,
};
use conversations::{ConversationMutations, ConversationQueries};
use entities::{ContactId, MediaId, Timestamp};
use events::EventSubscriptions;
use global_id::{AnyId, GlobalId};
use inbox::App;
use inbox::auth::Viewer;
use inbox::store::page::Position;
use jobs::{JobMutations, JobQueries};
use language::CallerLanguage;
use media::MediaMutations;
use messages::{MessageMutations, MessageQueries};
use model_prices::{ModelPriceMutations, ModelPriceQueries};
use node::NodeQueries;
use paging::List;
use roles::{RoleMutations, RoleQueries};
use saved_messages::{SavedMessageMutations, SavedMessageQueries};
use scalars::{Cursor, DateTime};
use sessions::SessionMutations;
use settings::{SettingsMutations, SettingsQueries};
use templates::{TemplateMutations, TemplateQueries};
use tool_servers::ToolServerMutations;
use user_errors::UserError;
use users::{UserMutations, UserQueries};
use viewer::ViewerQueries;
use waiting_messages::{WaitingMessageMutations, WaitingMessageQueries};
use webhook_receipts::{WebhookReceiptMutations, WebhookReceiptQueries};

/// The schema.
pub(crate) type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// What can be read. `READ_ALL` shows everything, `READ_OWN` the conversations that the caller owns, with their contacts
/// and messages; what a caller may not see does not exist for it.
#[derive(Default, MergedObject)]
pub(crate) struct Query(
    NodeQueries,
    ViewerQueries,
    ConversationQueries,
    MessageQueries,
    ContactQueries,
    ContactAttributeQueries,
    ContactsImportQueries,
    ChannelQueries,
    TemplateQueries,
    UserQueries,
    RoleQueries,
    SavedMessageQueries,
    AssistantQueries,
    AssistantRunQueries,
    ModelPriceQueries,
    WaitingMessageQueries,
    ApiTokenQueries,
    AuditQueries,
    JobQueries,
    SettingsQueries,
    WebhookReceiptQueries,
);

/// What can be done. One root field is one intent; each answers with what changed and with what the person can mend.
#[derive(Default, MergedObject)]
pub(crate) struct Mutation(
    SessionMutations,
    MessageMutations,
    SavedMessageMutations,
    MediaMutations,
    ConversationMutations,
    ChannelMutations,
    TemplateMutations,
    ContactMutations,
    ContactAttributeMutations,
    ContactErasureMutations,
    ContactBlockMutations,
    ContactsImportMutations,
    UserMutations,
    RoleMutations,
    AssistantMutations,
    ModelPriceMutations,
    AssistantDocumentMutations,
    ToolServerMutations,
    WaitingMessageMutations,
    ApiTokenMutations,
    JobMutations,
    SettingsMutations,
    WebhookReceiptMutations,
);

/// What can be listened to, of what the caller may see. One root field an operation.
#[derive(Default, MergedSubscription)]
pub(crate) struct Subscription(EventSubscriptions);

/// The schema over a service whose files are at this address. Build it once.
#[must_use]
pub(crate) fn schema(app: App, files: FileAddress) -> Schema {
    builder().data(app).data(files).finish()
}

/// A file's id as the schema shows it.
#[must_use]
pub(crate) fn shown_media_id(id: MediaId) -> String {
    id.global().0
}

/// The file that an id of the schema names, if it is a file's.
#[must_use]
pub(crate) fn media_id_of(id: &str) -> Option<MediaId> {
    AnyId::parse(&id.into())?.of()
}

/// A contact's id as the schema shows it.
#[must_use]
pub(crate) fn shown_contact_id(id: ContactId) -> String {
    id.global().0
}

/// The cursor of a place among the contacts: that of the list `contacts`.
#[must_use]
pub(crate) fn contact_cursor(place: Position) -> String {
    List::Contacts.cursor(place).0
}

/// The place of a cursor of the list `contacts`, if it is one.
#[must_use]
pub(crate) fn contact_place(cursor: &str) -> Option<Position> {
    List::Contacts.decode(&Cursor(cursor.to_owned()))
}

/// A moment as the schema shows it.
#[must_use]
pub(crate) fn shown_moment(moment: Timestamp) -> String {
    DateTime(moment).text()
}

/// The schema's text, sorted.
#[must_use]
pub(crate) fn sdl() -> String {
    builder().finish().sdl_with_options(sdl_options())
}

/// How the schema's text is written.
fn sdl_options() -> SDLExportOptions {
    SDLExportOptions::new()
        .sorted_fields()
        .sorted_arguments()
        .sorted_enum_items()
        .include_specified_by()
        .use_space_ident()
}

/// Adds to a subscription who is calling.
#[must_use]
pub(crate) fn prepare(
    request: async_graphql::Request,
    _app: &App,
    viewer: Option<Viewer>,
) -> async_graphql::Request {
    match viewer {
        Some(viewer) => request.data(viewer),
        None => request,
    }
}

/// Adds to a query or a mutation who is calling, and what is read of the caller once a request.
#[must_use]
pub(crate) fn prepare_single(
    request: async_graphql::Request,
    app: &App,
    viewer: Option<Viewer>,
) -> async_graphql::Request {
    prepare(request, app, viewer).data(CallerLanguage::default())
}

/// The transport has validated and measured a document when the executor gets it, by more rules than the executor has.
fn builder() -> async_graphql::SchemaBuilder<Query, Mutation, Subscription> {
    async_graphql::Schema::build(Query::default(), Mutation::default(), Subscription::default())
        .register_output_type::<UserError>()
        .validation_mode(ValidationMode::Fast)
        .disable_suggestions()
}
