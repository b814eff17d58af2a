//! Who and what entries of the audit point at, read together.

use super::{AuditActor, AuditPlan};
use crate::graphql::api_tokens::ApiToken;
use crate::graphql::assistants::{Assistant, AssistantDocument};
use crate::graphql::channels::Channel;
use crate::graphql::contacts::{Contact, ContactsImport};
use crate::graphql::context::Reader;
use crate::graphql::errors::Result;
use crate::graphql::load::{self, Loaded};
use crate::graphql::model_prices::ModelPrice;
use crate::graphql::node::Node;
use crate::graphql::roles::Role;
use crate::graphql::templates::Template;
use crate::graphql::tool_servers::ToolServer;
use crate::graphql::users::User;
use crate::graphql::webhook_receipts::WebhookReceipt;
use entities::{
    ApiTokenId, AssistantDocumentId, AssistantId, ChannelId, ContactId, ContactsImportId, ModelPriceId,
    RoleId, TemplateId, ToolServerId, UserId, WebhookReceiptId, audit_entry,
};
use std::sync::Arc;

/// What entries point at.
pub(super) struct Pointed {
    users: Loaded<User>,
    roles: Loaded<Role>,
    tokens: Loaded<ApiToken>,
    contacts: Loaded<Contact>,
    imports: Loaded<ContactsImport>,
    channels: Loaded<Channel>,
    templates: Loaded<Template>,
    assistants: Loaded<Assistant>,
    prices: Loaded<ModelPrice>,
    documents: Loaded<AssistantDocument>,
    receipts: Loaded<WebhookReceipt>,
    servers: Loaded<ToolServer>,
}

impl Pointed {
    pub(super) async fn read(
        reader: Reader<'_>,
        plan: &AuditPlan,
        rows: &[Arc<audit_entry::Model>],
    ) -> Result<Self> {
        let subjects =
            |kind| rows.iter().filter(move |row| row.subject_kind == kind).map(|row| row.subject_id);
        let actors =
            |kind| rows.iter().filter(move |row| row.actor_kind == kind).filter_map(|row| row.actor_id);
        let users = subjects(entities::AuditSubjectKind::User).chain(actors(entities::ActorKind::User));
        let users: Vec<_> = users.map(UserId).collect();
        let roles: Vec<_> = subjects(entities::AuditSubjectKind::Role).map(RoleId).collect();
        let tokens =
            subjects(entities::AuditSubjectKind::ApiToken).chain(actors(entities::ActorKind::ApiToken));
        let tokens: Vec<_> = tokens.map(ApiTokenId).collect();
        let contacts: Vec<_> = subjects(entities::AuditSubjectKind::Contact).map(ContactId).collect();
        let imports: Vec<_> =
            subjects(entities::AuditSubjectKind::ContactsImport).map(ContactsImportId).collect();
        let channels: Vec<_> = subjects(entities::AuditSubjectKind::Channel).map(ChannelId).collect();
        let templates: Vec<_> = subjects(entities::AuditSubjectKind::Template).map(TemplateId).collect();
        let assistants: Vec<_> = subjects(entities::AuditSubjectKind::Assistant).map(AssistantId).collect();
        let prices: Vec<_> = subjects(entities::AuditSubjectKind::ModelPrice).map(ModelPriceId).collect();
        let servers: Vec<_> = subjects(entities::AuditSubjectKind::ToolServer).map(ToolServerId).collect();
        let documents: Vec<_> =
            subjects(entities::AuditSubjectKind::AssistantDocument).map(AssistantDocumentId).collect();
        let (users, roles, tokens) = tokio::try_join!(
            load::load_many(reader, plan.user.as_ref(), users),
            load::load_many(reader, plan.role.as_ref(), roles),
            load::load_many(reader, plan.token.as_ref(), tokens),
        )?;
        let receipts: Vec<_> =
            subjects(entities::AuditSubjectKind::WebhookReceipt).map(WebhookReceiptId).collect();
        let subject = plan.subject.then_some(&());
        let (contacts, imports, channels, templates, assistants, prices, documents, receipts, servers) = tokio::try_join!(
            load::load_many(reader, plan.contact.as_ref(), contacts),
            load::load_many(reader, subject, imports),
            load::load_many(reader, plan.channel.as_ref(), channels),
            load::load_many(reader, subject, templates),
            load::load_many(reader, subject, assistants),
            load::load_many(reader, subject, prices),
            load::load_many(reader, plan.document.as_ref(), documents),
            load::load_many(reader, plan.subject.then_some(&false), receipts),
            load::load_many(reader, plan.server.as_ref(), servers),
        )?;
        Ok(Self {
            users,
            roles,
            tokens,
            contacts,
            imports,
            channels,
            templates,
            assistants,
            prices,
            documents,
            receipts,
            servers,
        })
    }

    pub(super) fn actor(&self, row: &audit_entry::Model) -> AuditActor {
        let of = |kind| row.actor_id.filter(|_| row.actor_kind == kind);
        AuditActor {
            kind: row.actor_kind.into(),
            user: of(entities::ActorKind::User).and_then(|id| self.users.get(UserId(id)).cloned()),
            api_token: of(entities::ActorKind::ApiToken)
                .and_then(|id| self.tokens.get(ApiTokenId(id)).cloned()),
        }
    }

    pub(super) fn subject(&self, row: &audit_entry::Model) -> Option<Box<Node>> {
        let found = match row.subject_kind {
            entities::AuditSubjectKind::User => {
                self.users.get(UserId(row.subject_id)).cloned().map(Node::User)
            }
            entities::AuditSubjectKind::Role => {
                self.roles.get(RoleId(row.subject_id)).cloned().map(Node::Role)
            }
            entities::AuditSubjectKind::ApiToken => {
                self.tokens.get(ApiTokenId(row.subject_id)).cloned().map(Node::ApiToken)
            }
            entities::AuditSubjectKind::Contact => {
                self.contacts.get(ContactId(row.subject_id)).cloned().map(Node::Contact)
            }
            entities::AuditSubjectKind::ContactsImport => {
                self.imports.get(ContactsImportId(row.subject_id)).cloned().map(Node::ContactsImport)
            }
            entities::AuditSubjectKind::ContactsExport
            | entities::AuditSubjectKind::Settings
            | entities::AuditSubjectKind::Job
            | entities::AuditSubjectKind::WaitingMessage => None,
            entities::AuditSubjectKind::ModelPrice => {
                self.prices.get(ModelPriceId(row.subject_id)).cloned().map(Node::ModelPrice)
            }
            entities::AuditSubjectKind::Assistant => {
                self.assistants.get(AssistantId(row.subject_id)).cloned().map(Node::Assistant)
            }
            entities::AuditSubjectKind::Channel => {
                self.channels.get(ChannelId(row.subject_id)).cloned().map(Node::Channel)
            }
            entities::AuditSubjectKind::Template => {
                self.templates.get(TemplateId(row.subject_id)).cloned().map(Node::Template)
            }
            entities::AuditSubjectKind::ToolServer => {
                self.servers.get(ToolServerId(row.subject_id)).cloned().map(Node::ToolServer)
            }
            entities::AuditSubjectKind::AssistantDocument => {
                let document = self.documents.get(AssistantDocumentId(row.subject_id));
                document.cloned().map(Node::AssistantDocument)
            }
            entities::AuditSubjectKind::WebhookReceipt => {
                self.receipts.get(WebhookReceiptId(row.subject_id)).cloned().map(Node::WebhookReceipt)
            }
        };
        found.map(Box::new)
    }
}
