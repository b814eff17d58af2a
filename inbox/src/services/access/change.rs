//! One change of users, roles or tokens: who makes it, within which transaction, and what the audit says of it.

use crate::app::App;
use crate::auth::{AccessChange, Permission, Viewer};
use crate::clock::Ids;
use crate::error::{Error, Result};
use crate::store::{Priority, Tx, TxFuture, audit, roles};
use entities::{
    ActorKind, ApiTokenId, AssistantDocumentId, AssistantId, AuditAction, AuditSubjectKind, ChannelId,
    ContactId, ContactsImportId, ModelPriceId, RoleId, TemplateId, ToolServerId, UserId, WebhookReceiptId,
    audit_entry, role, user,
};
use sea_orm::DatabaseTransaction;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use uuid::Uuid;

/// A change in progress.
#[derive(Clone, Copy)]
pub(super) struct Change<'a> {
    pub(super) app: &'a App,
    pub(super) viewer: &'a Viewer,
    pub(super) tx: &'a Tx,
}

/// Runs a change in one transaction, one after the other with all other changes of access. When it is committed, it holds
/// on this node at once, and the other nodes are told; `whose` says whom it concerns.
pub(super) async fn change<I, T>(
    app: &App,
    viewer: &Viewer,
    input: I,
    whose: fn(&T) -> AccessChange,
    work: for<'a> fn(Change<'a>, &'a I) -> TxFuture<'a, T>,
) -> Result<T>
where
    I: Send + Sync + 'static,
    T: Send + 'static,
{
    let held = Arc::new((app.clone(), viewer.clone(), input));
    let changed = app.db.write(Priority::Interactive, move |tx| {
        let held = Arc::clone(&held);
        Box::pin(async move {
            let (app, viewer, input) = &*held;
            roles::lock_access(tx.conn()).await?;
            work(Change { app, viewer, tx }, input).await
        })
    });
    let value = changed.await?;
    app.access_changed(whose(&value));
    Ok(value)
}

/// A user's rights may be others now.
pub(super) fn of_user(user: &user::Model) -> AccessChange {
    AccessChange::User(user.id)
}

/// Those of whoever holds the role or shows the token.
pub(super) fn of_anyone<T>(_: &T) -> AccessChange {
    AccessChange::Anyone
}

impl<'a> Change<'a> {
    pub(super) fn conn(&self) -> &'a DatabaseTransaction {
        self.tx.conn()
    }

    /// A role that somebody holds.
    pub(super) async fn role(&self, id: RoleId) -> Result<role::Model> {
        roles::get(self.conn(), id)
            .await?
            .ok_or_else(|| Error::internal("a user has a role that does not exist"))
    }

    /// Whoever can do more than the caller is not the caller's to manage: otherwise an invitation or another e-mail
    /// address would be a way to their rights.
    pub(super) async fn require_rights_of(&self, role: RoleId) -> Result<()> {
        let role = self.role(role).await?;
        self.viewer.require_all(None, &Permission::list_from_json(&role.permissions)?)
    }

    /// Writes an entry of the audit, in the caller's name.
    pub(super) async fn record(
        &self,
        action: AuditAction,
        subject: Subject,
        fields: Vec<AuditChange>,
    ) -> Result<()> {
        record(&self.app.ids, self.tx, self.viewer.actor(), action, subject, fields).await
    }
}

/// What an entry of the audit is about.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Subject {
    User(UserId),
    Role(RoleId),
    ApiToken(ApiTokenId),
    Contact(ContactId),
    ContactsImport(ContactsImportId),
    /// Under an id of its own: nothing else is kept of it.
    ContactsExport(Uuid),
    Channel(ChannelId),
    Template(TemplateId),
    /// There is one of them: under the nil id.
    Settings,
    Assistant(AssistantId),
    /// Named by a field: it has no id.
    Job,
    /// Named by its fields: it has no id.
    WaitingMessage,
    ModelPrice(ModelPriceId),
    AssistantDocument(AssistantDocumentId),
    WebhookReceipt(WebhookReceiptId),
    ToolServer(ToolServerId),
}

/// A field that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditChange {
    /// The field's name, as in the schema.
    pub field: String,
    /// What it was; none if it was nothing, or if it is nobody else's business.
    pub before: Option<String>,
    /// What it is now; none as before.
    pub after: Option<String>,
}

impl AuditChange {
    /// Of a field whose values are kept to themselves: secrets, and what is personal.
    pub(crate) fn hidden(field: &str) -> Self {
        Self { field: field.to_owned(), before: None, after: None }
    }

    /// Of a field that names what changed.
    pub(crate) fn names(field: &str, value: &str) -> Self {
        Self::shown(field, Some(value.to_owned()), Some(value.to_owned()))
    }

    /// Of a field whose values say nothing about a person.
    pub(crate) fn shown(field: &str, before: Option<String>, after: Option<String>) -> Self {
        Self { field: field.to_owned(), before, after }
    }

    /// The changes of a stored entry; none if this version cannot read them.
    #[must_use]
    pub fn list_of(entry: &audit_entry::Model) -> Vec<Self> {
        serde_json::from_str(&entry.changes).unwrap_or_default()
    }
}

/// Writes an entry of the audit.
///
/// # Errors
/// If the database refuses.
pub(crate) async fn record(
    ids: &Ids,
    tx: &Tx,
    (actor_kind, actor_id): (ActorKind, Option<Uuid>),
    action: AuditAction,
    subject: Subject,
    fields: Vec<AuditChange>,
) -> Result<()> {
    let (subject_kind, subject_id) = match subject {
        Subject::User(id) => (AuditSubjectKind::User, id.0),
        Subject::Role(id) => (AuditSubjectKind::Role, id.0),
        Subject::ApiToken(id) => (AuditSubjectKind::ApiToken, id.0),
        Subject::Contact(id) => (AuditSubjectKind::Contact, id.0),
        Subject::ContactsImport(id) => (AuditSubjectKind::ContactsImport, id.0),
        Subject::ContactsExport(id) => (AuditSubjectKind::ContactsExport, id),
        Subject::Channel(id) => (AuditSubjectKind::Channel, id.0),
        Subject::Template(id) => (AuditSubjectKind::Template, id.0),
        Subject::Settings => (AuditSubjectKind::Settings, Uuid::nil()),
        Subject::Assistant(id) => (AuditSubjectKind::Assistant, id.0),
        Subject::Job => (AuditSubjectKind::Job, Uuid::nil()),
        Subject::ModelPrice(id) => (AuditSubjectKind::ModelPrice, id.0),
        Subject::WaitingMessage => (AuditSubjectKind::WaitingMessage, Uuid::nil()),
        Subject::AssistantDocument(id) => (AuditSubjectKind::AssistantDocument, id.0),
        Subject::WebhookReceipt(id) => (AuditSubjectKind::WebhookReceipt, id.0),
        Subject::ToolServer(id) => (AuditSubjectKind::ToolServer, id.0),
    };
    let row = audit_entry::Model {
        id: ids.next(),
        occurred_at: tx.now(),
        actor_kind,
        actor_id,
        action,
        subject_kind,
        subject_id,
        changes: serde_json::to_string(&fields).map_err(Error::internal)?,
    };
    audit::insert(tx.conn(), row).await
}

/// The permissions of a stored list, as the audit shows them.
pub(super) fn shown_permissions(stored: &str) -> Result<Option<String>> {
    let names: Vec<&str> = Permission::list_from_json(stored)?.into_iter().map(Permission::as_str).collect();
    Ok(Some(names.join(", ")))
}
