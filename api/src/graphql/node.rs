//! Reading any thing by its global id.

use super::api_tokens::{ApiToken, ApiTokenPlan};
use super::assistants::{Assistant, AssistantDocument, AssistantRun};
use super::audit::{AuditEntry, AuditPlan};
use super::channels::Channel;
use super::contacts::{Contact, ContactAttribute, ContactErasure, ContactPlan, ContactsImport};
use super::context::Reader;
use super::conversations::{Conversation, ConversationPlan};
use super::errors::{Failure, Result};
use super::global_id::{AnyId, GlobalId};
use super::jobs::{JobRun, JobRunPlan};
use super::load::{self, Loaded, Resource, Selection};
use super::media::Media;
use super::messages::{Message, MessagePlan};
use super::model_prices::ModelPrice;
use super::roles::{Role, RolePlan};
use super::saved_messages::{SavedMessage, SavedMessagePlan};
use super::templates::Template;
use super::tool_servers::ToolServer;
use super::users::{User, UserPlan};
use super::webhook_receipts::WebhookReceipt;
use async_graphql::{Context, ID, Interface, Object};
use entities::ContactId;
use inbox::store::merges::survivors;
use std::collections::HashMap;

/// Things that `nodes` takes at most.
const MAX_NODES: usize = 100;

/// Anything that has a global id.
#[derive(Clone, Debug, Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "Global id: opaque, and good for `node` whatever the type."))]
#[expect(clippy::large_enum_variant, reason = "few nodes exist at a time")]
pub(super) enum Node {
    ApiToken(ApiToken),
    Assistant(Assistant),
    AssistantDocument(AssistantDocument),
    AssistantRun(AssistantRun),
    AuditEntry(AuditEntry),
    Channel(Channel),
    Contact(Contact),
    ContactAttribute(ContactAttribute),
    ContactErasure(ContactErasure),
    ContactsImport(ContactsImport),
    Conversation(Conversation),
    JobRun(JobRun),
    Media(Media),
    Message(Message),
    ModelPrice(ModelPrice),
    Role(Role),
    SavedMessage(SavedMessage),
    Template(Template),
    ToolServer(ToolServer),
    User(User),
    WebhookReceipt(WebhookReceipt),
}

#[derive(Default)]
pub(super) struct NodeQueries;

#[Object]
impl NodeQueries {
    /// The thing of this id. Null if there is none, or none for the caller, or if this is no id.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A global id, as the API returned it.")] id: ID,
    ) -> Option<Result<Node>> {
        match read(ctx, &[id]).await {
            Ok(mut found) => found.pop().flatten().map(Ok),
            Err(failure) => Some(Err(failure)),
        }
    }

    /// The things of these ids, in their order, with null where there is none (see `node`).
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global ids, at most 100.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Node>>> {
        if ids.len() > MAX_NODES {
            return Err(Failure::bad_input(
                "ids",
                format_args!("at most {MAX_NODES} things can be read at once"),
            ));
        }
        read(ctx, &ids).await
    }
}

async fn read(ctx: &Context<'_>, ids: &[ID]) -> Result<Vec<Option<Node>>> {
    let reader = Reader::new(ctx)?;
    let selection = Selection::new([ctx.look_ahead()]);
    let (contact, conversation, message) =
        (ContactPlan::of(&selection), ConversationPlan::of(&selection), MessagePlan::of(&selection));
    let ids: Vec<Option<AnyId>> = ids.iter().map(AnyId::parse).collect();
    let (role, user) = (RolePlan::of(&selection), UserPlan::of(&selection));
    let saved_message = SavedMessagePlan::of(&selection);
    let channel = Channel::plan(&selection);
    let (token, entry) = (ApiTokenPlan::of(&selection), AuditPlan::of(&selection));
    let run = JobRunPlan::of(&selection);
    let (channels, contacts, conversations, media, messages, runs) = tokio::try_join!(
        of_type::<Channel>(reader, &channel, &ids),
        of_type::<Contact>(reader, &contact, &ids),
        of_type::<Conversation>(reader, &conversation, &ids),
        of_type::<Media>(reader, &(), &ids),
        of_type::<Message>(reader, &message, &ids),
        of_type::<JobRun>(reader, &run, &ids),
    )?;
    let (roles, templates, users, tokens, entries, saved_messages, attributes, erasures) = tokio::try_join!(
        of_type::<Role>(reader, &role, &ids),
        of_type::<Template>(reader, &(), &ids),
        of_type::<User>(reader, &user, &ids),
        of_type::<ApiToken>(reader, &token, &ids),
        of_type::<AuditEntry>(reader, &entry, &ids),
        of_type::<SavedMessage>(reader, &saved_message, &ids),
        of_type::<ContactAttribute>(reader, &(), &ids),
        of_type::<ContactErasure>(reader, &(), &ids),
    )?;
    // The id of a contact that became a part of another leads to that.
    let gone = |id: &ContactId| contacts.get(*id).is_none();
    let gone: Vec<ContactId> = ids.iter().flatten().filter_map(|id| id.of()).filter(gone).collect();
    let survivors = if gone.is_empty() { HashMap::new() } else { survivors(reader.db(), gone).await? };
    let merged = load::load_many::<Contact>(reader, Some(&contact), survivors.values().copied()).await?;
    let run = AssistantRun::plan(&selection);
    let document = AssistantDocument::plan(&selection);
    let server = ToolServer::plan(&selection);
    let receipt = WebhookReceipt::plan(&selection);
    let (documents, servers, imports, assistants, turns, prices, receipts) = tokio::try_join!(
        of_type::<AssistantDocument>(reader, &document, &ids),
        of_type::<ToolServer>(reader, &server, &ids),
        of_type::<ContactsImport>(reader, &(), &ids),
        of_type::<Assistant>(reader, &(), &ids),
        of_type::<AssistantRun>(reader, &run, &ids),
        of_type::<ModelPrice>(reader, &(), &ids),
        of_type::<WebhookReceipt>(reader, &receipt, &ids),
    )?;
    let node = |id: AnyId| {
        None.or_else(|| channels.get(id.of()?).cloned().map(Node::Channel))
            .or_else(|| contacts.get(id.of()?).cloned().map(Node::Contact))
            .or_else(|| merged.get(*survivors.get(&id.of()?)?).cloned().map(Node::Contact))
            .or_else(|| conversations.get(id.of()?).cloned().map(Node::Conversation))
            .or_else(|| media.get(id.of()?).cloned().map(Node::Media))
            .or_else(|| messages.get(id.of()?).cloned().map(Node::Message))
            .or_else(|| roles.get(id.of()?).cloned().map(Node::Role))
            .or_else(|| saved_messages.get(id.of()?).cloned().map(Node::SavedMessage))
            .or_else(|| templates.get(id.of()?).cloned().map(Node::Template))
            .or_else(|| users.get(id.of()?).cloned().map(Node::User))
            .or_else(|| tokens.get(id.of()?).cloned().map(Node::ApiToken))
            .or_else(|| entries.get(id.of()?).cloned().map(Node::AuditEntry))
            .or_else(|| attributes.get(id.of()?).cloned().map(Node::ContactAttribute))
            .or_else(|| erasures.get(id.of()?).cloned().map(Node::ContactErasure))
            .or_else(|| assistants.get(id.of()?).cloned().map(Node::Assistant))
            .or_else(|| servers.get(id.of()?).cloned().map(Node::ToolServer))
            .or_else(|| documents.get(id.of()?).cloned().map(Node::AssistantDocument))
            .or_else(|| turns.get(id.of()?).cloned().map(Node::AssistantRun))
            .or_else(|| prices.get(id.of()?).cloned().map(Node::ModelPrice))
            .or_else(|| imports.get(id.of()?).cloned().map(Node::ContactsImport))
            .or_else(|| runs.get(id.of()?).cloned().map(Node::JobRun))
            .or_else(|| receipts.get(id.of()?).cloned().map(Node::WebhookReceipt))
    };
    Ok(ids.into_iter().map(|id| id.and_then(node)).collect())
}

/// Those of one type, in as many statements as their plan takes; in none if no id is of it.
async fn of_type<R>(reader: Reader<'_>, plan: &R::Plan, ids: &[Option<AnyId>]) -> Result<Loaded<R>>
where
    R: Resource,
    R::Id: GlobalId,
{
    let ids: Vec<R::Id> = ids.iter().flatten().filter_map(|id| id.of()).collect();
    load::load_many(reader, Some(plan), ids).await
}
