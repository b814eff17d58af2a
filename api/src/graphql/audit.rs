//! Who did what that somebody may ask about later.

mod pointed;

use super::api_tokens::{ApiToken, ApiTokenPlan};
use super::assistants::{AssistantDocument, AssistantDocumentPlan};
use super::channels::{Channel, ChannelPlan};
use super::contacts::ContactPlan;
use super::context::{Reader, viewer};
use super::errors::Result;
use super::global_id::{AnyId, GlobalId};
use super::load::{Resource, Selection};
use super::messages::ActorKind;
use super::node::Node;
use super::ordering::{AuditEntryOrder, direction};
use super::paging::{self, Connection, List, Listing, MAX_SIZE, PageArguments};
use super::roles::RolePlan;
use super::scalars::{Cursor, DateTime};
use super::tool_servers::{ToolServer, ToolServerPlan};
use super::users::{User, UserPlan};
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use entities::{
    ApiTokenId, AssistantDocumentId, AssistantId, AuditEntryId, ChannelId, ContactId, ContactsImportId,
    ModelPriceId, RoleId, TemplateId, ToolServerId, UserId, WebhookReceiptId, audit_entry,
};
use futures_util::future::{BoxFuture, FutureExt};
use inbox::auth::Permission;
use inbox::services::access::AuditChange as StoredChange;
use inbox::store::audit as store;
use pointed::Pointed;
use std::collections::HashSet;
use std::sync::Arc;
use uuid::Uuid;

/// What was done.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "entities::AuditAction")]
pub(super) enum AuditAction {
    /// A user was made.
    UserCreated,
    /// A user got an invitation to choose a password.
    UserInvited,
    /// A user took the first invitation.
    UserJoined,
    /// Fields of a user changed.
    UserUpdated,
    /// A user lost access.
    UserDeactivated,
    /// A user got access back.
    UserReactivated,
    /// A user was linked with a name at the identity provider.
    UserLinked,
    /// A user chose another password.
    PasswordChanged,
    /// A role was made.
    RoleCreated,
    /// Fields of a role changed.
    RoleUpdated,
    /// A role was deleted.
    RoleDeleted,
    /// An API token was made.
    ApiTokenCreated,
    /// An API token was revoked.
    ApiTokenRevoked,
    /// A person was erased.
    ContactErased,
    /// Another contact became a part of a contact.
    ContactMerged,
    /// A contact was blocked.
    ContactBlocked,
    /// The block of a contact was taken back.
    ContactUnblocked,
    /// A file of contacts was given to be imported.
    ContactsImported,
    /// An import of contacts was stopped.
    ContactsImportCanceled,
    /// Contacts were taken out as a file.
    ContactsExported,
    /// Fields of a channel changed.
    ChannelUpdated,
    /// A template was made.
    TemplateCreated,
    /// Parts of a template changed.
    TemplateUpdated,
    /// A template was deleted.
    TemplateDeleted,
    /// Settings of the deployment changed.
    SettingsUpdated,
    /// An assistant was made.
    AssistantCreated,
    /// Fields of an assistant changed.
    AssistantUpdated,
    /// An assistant was deleted.
    AssistantDeleted,
    /// A timed job was set; the field `name` says which.
    JobUpdated,
    /// A text for customers who wait was changed; the fields `language` and `variant` say which.
    WaitingMessageUpdated,
    /// The price of a model was set.
    ModelPriceSet,
    /// The price of a model was deleted.
    ModelPriceDeleted,
    /// An assistant got a document.
    AssistantDocumentCreated,
    /// Fields of a document changed.
    AssistantDocumentUpdated,
    /// A document was deleted.
    AssistantDocumentDeleted,
    /// A webhook was applied again.
    WebhookReceiptReplayed,
    /// An assistant got a server of tools.
    ToolServerCreated,
    /// Fields of a server of tools changed, or what is allowed of it.
    ToolServerUpdated,
    /// A server of tools was deleted.
    ToolServerDeleted,
}

/// What an entry of the audit is about.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "entities::AuditSubjectKind")]
pub(super) enum AuditSubjectKind {
    /// A user.
    User,
    /// A role.
    Role,
    /// An API token.
    ApiToken,
    /// A contact.
    Contact,
    /// An import of contacts.
    ContactsImport,
    /// An export of contacts: nothing but the entry is kept of it.
    ContactsExport,
    /// A channel.
    Channel,
    /// A template.
    Template,
    /// The settings of the deployment.
    Settings,
    /// An assistant.
    Assistant,
    /// A timed job.
    Job,
    /// A text for customers who wait.
    WaitingMessage,
    /// The price of a model.
    ModelPrice,
    /// A document of an assistant.
    AssistantDocument,
    /// A webhook.
    WebhookReceipt,
    /// A server of tools.
    ToolServer,
}

/// Who did something.
#[derive(Clone, Debug, SimpleObject)]
pub(super) struct AuditActor {
    /// What kind of actor it was. `SYSTEM` is the command line, the first start, or the service itself.
    kind: ActorKind,
    /// Which person. Null for other kinds.
    user: Option<User>,
    /// Which API token. Null for other kinds.
    api_token: Option<ApiToken>,
}

/// A field that changed.
#[derive(Clone, Debug, SimpleObject)]
pub(super) struct AuditChange {
    /// The field's name, as in the schema.
    field: String,
    /// What it was. Null if it was nothing, and for what is personal or secret.
    before: Option<String>,
    /// What it became. Null as before.
    after: Option<String>,
}

/// See the description in the schema.
#[derive(Clone, Debug)]
pub(super) struct AuditEntry {
    row: Arc<audit_entry::Model>,
    actor: AuditActor,
    subject: Option<Box<Node>>,
}

/// What a selection asks of an entry beyond its row.
#[derive(Clone, Debug, Default)]
pub(super) struct AuditPlan {
    user: Option<UserPlan>,
    role: Option<RolePlan>,
    token: Option<ApiTokenPlan>,
    contact: Option<ContactPlan>,
    channel: Option<ChannelPlan>,
    document: Option<AssistantDocumentPlan>,
    server: Option<ToolServerPlan>,
    /// Whether the subject is asked for.
    subject: bool,
}

impl AuditPlan {
    /// The plan of a selection on `AuditEntry`. Actors and subjects are read together, with what either asks for.
    pub(super) fn of(selection: &Selection<'_>) -> Self {
        let both = |name: &str| {
            let actor = selection.field("actor").and_then(|actor| actor.field(name));
            match (actor, selection.field("subject")) {
                (Some(actor), subject) => Some(actor.join(subject)),
                (None, subject) => subject,
            }
        };
        Self {
            user: both("user").map(|user| UserPlan::of(&user)),
            role: selection.field("subject").map(|role| RolePlan::of(&role)),
            token: both("apiToken").map(|token| ApiTokenPlan::of(&token)),
            contact: selection.field("subject").map(|contact| ContactPlan::of(&contact)),
            channel: selection.field("subject").map(|channel| Channel::plan(&channel)),
            document: selection.field("subject").map(|document| AssistantDocument::plan(&document)),
            server: selection.field("subject").map(|server| ToolServer::plan(&server)),
            subject: selection.has(&["subject"]),
        }
    }
}

/// Somebody changed something about users, roles, tokens, channels, templates, settings, documents, tool servers or automatic mode, applied a
/// webhook again, or did something with contacts that cannot be taken back or takes many at once. Entries are written together
/// with what they tell of, and never
/// changed.
#[Object]
impl AuditEntry {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        self.row.id.global()
    }

    /// When it was done.
    async fn occurred_at(&self) -> DateTime {
        self.row.occurred_at.into()
    }

    /// Who did it.
    async fn actor(&self) -> &AuditActor {
        &self.actor
    }

    /// What was done.
    async fn action(&self) -> AuditAction {
        self.row.action.into()
    }

    /// To what kind of thing.
    async fn subject_kind(&self) -> AuditSubjectKind {
        self.row.subject_kind.into()
    }

    /// To which thing. Null for a role, a document or a tool server that was deleted since; the entry of its deletion has its name. Null for a contact that
    /// was erased, of which nothing is left, and for one that you do not see. Null for an export, a job, a waiting message and
    /// the settings.
    async fn subject(&self) -> Option<&Node> {
        self.subject.as_deref()
    }

    /// The fields that changed.
    async fn changes(&self) -> Vec<AuditChange> {
        let changes = StoredChange::list_of(&self.row).into_iter();
        changes.map(|StoredChange { field, before, after }| AuditChange { field, before, after }).collect()
    }
}

impl Resource for AuditEntry {
    type Id = AuditEntryId;
    type Row = audit_entry::Model;
    type Plan = AuditPlan;

    fn plan(selection: &Selection<'_>) -> AuditPlan {
        AuditPlan::of(selection)
    }

    fn id_of(row: &audit_entry::Model) -> AuditEntryId {
        row.id
    }

    fn fetch(
        reader: Reader<'_>,
        ids: HashSet<AuditEntryId>,
    ) -> BoxFuture<'_, inbox::Result<Vec<audit_entry::Model>>> {
        store::by_ids(reader.db(), reader.sight, ids).boxed()
    }

    fn build<'a>(
        reader: Reader<'a>,
        rows: Vec<Arc<audit_entry::Model>>,
        plan: &'a AuditPlan,
    ) -> BoxFuture<'a, Result<Vec<Self>>> {
        async move {
            let pointed = Pointed::read(reader, plan, &rows).await?;
            let entry = |row: Arc<audit_entry::Model>| Self {
                actor: pointed.actor(&row),
                subject: pointed.subject(&row),
                row,
            };
            Ok(rows.into_iter().map(entry).collect())
        }
        .boxed()
    }
}

/// Which entries of the audit. What is absent or null does not matter; what is given must all be so.
#[derive(Clone, Debug, Default, InputObject)]
struct AuditEntryFilter {
    /// Only what is one of these.
    actions: Option<Vec<AuditAction>>,
    /// Only what this user or API token did.
    actor_id: Option<ID>,
    /// Only what was done to this user, role, API token, contact, import, channel, template, document, tool server or webhook.
    subject_id: Option<ID>,
    /// Only what was done at or after this moment.
    occurred_after: Option<DateTime>,
    /// Only what was done before this moment.
    occurred_before: Option<DateTime>,
}

impl AuditEntryFilter {
    fn into_store(self) -> Result<store::AuditFilter> {
        Ok(store::AuditFilter {
            actions: self.actions.map(|actions| actions.into_iter().map(Into::into).collect()),
            actor_id: self.actor_id.map(|id| any_of_house("filter.actorId", &id)).transpose()?,
            subject_id: self.subject_id.map(|id| subject("filter.subjectId", &id)).transpose()?,
            occurred_after: self.occurred_after.map(|moment| moment.0),
            occurred_before: self.occurred_before.map(|moment| moment.0),
        })
    }
}

/// The id of a user, a role or an API token.
fn any_of_house(argument: &str, id: &ID) -> Result<Uuid> {
    let any = AnyId::parse(id);
    let role = any.and_then(AnyId::of::<RoleId>).map(|id| id.0);
    let token = any.and_then(AnyId::of::<ApiTokenId>).map(|id| id.0);
    match role.or(token) {
        Some(id) => Ok(id),
        None => Ok(UserId::parse(argument, id)?.0),
    }
}

/// The id of anything that an entry can be about.
fn subject(argument: &str, id: &ID) -> Result<Uuid> {
    let any = AnyId::parse(id);
    let contact = any.and_then(AnyId::of::<ContactId>).map(|id| id.0);
    let import = any.and_then(AnyId::of::<ContactsImportId>).map(|id| id.0);
    let channel = any.and_then(AnyId::of::<ChannelId>).map(|id| id.0);
    let template = any.and_then(AnyId::of::<TemplateId>).map(|id| id.0);
    let assistant = any.and_then(AnyId::of::<AssistantId>).map(|id| id.0);
    let price = any.and_then(AnyId::of::<ModelPriceId>).map(|id| id.0);
    let document = any.and_then(AnyId::of::<AssistantDocumentId>).map(|id| id.0);
    let receipt = any.and_then(AnyId::of::<WebhookReceiptId>).map(|id| id.0);
    let server = any.and_then(AnyId::of::<ToolServerId>).map(|id| id.0);
    let ours = contact
        .or(import)
        .or(channel)
        .or(template)
        .or(assistant)
        .or(price)
        .or(document)
        .or(receipt)
        .or(server);
    match ours {
        Some(id) => Ok(id),
        None => any_of_house(argument, id),
    }
}

#[derive(Default)]
pub(super) struct AuditQueries;

#[Object]
impl AuditQueries {
    /// What was done about users, roles, tokens, channels, templates, settings, assistants, documents, tool servers, prices, jobs, waiting messages and
    /// contacts, newest first unless asked otherwise. Needs the permission ADMINISTER.
    #[expect(clippy::too_many_arguments, reason = "each is an argument of the schema")]
    async fn audit_entries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only entries that match all of this.")] filter: Option<AuditEntryFilter>,
        #[graphql(desc = "How the list is ordered; newest first if absent.")] order_by: Option<
            AuditEntryOrder,
        >,
        #[graphql(desc = "The first items, at most 100; 25 if neither first nor last is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only items behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "The last items instead of the first, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only items ahead of this cursor.")] before: Option<Cursor>,
    ) -> Result<Connection<AuditEntry>> {
        viewer(ctx)?.require(Permission::Administer)?;
        let filter = filter.unwrap_or_default().into_store()?;
        let filter = &filter;
        let list = Listing {
            list: List::AuditEntries,
            max: MAX_SIZE,
            direction: direction(order_by.map(|order| order.direction)),
            arguments: PageArguments { first, after, last, before },
            position: store::position,
        };
        paging::connection(
            ctx,
            list,
            |reader, request| async move { store::page(reader.db(), reader.sight, filter, &request).await },
            |reader| async move { store::count(reader.db(), reader.sight, filter).await },
        )
        .await
    }
}
