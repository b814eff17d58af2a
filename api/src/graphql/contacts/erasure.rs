//! Erasing a person.

use crate::graphql::context::{Reader, app, viewer};
use crate::graphql::errors::Result;
use crate::graphql::global_id::GlobalId;
use crate::graphql::load::{Resource, Selection};
use crate::graphql::scalars::DateTime;
use crate::graphql::user_errors::{refusals, split};
use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use entities::{ContactId, ErasureId, contact_erasure};
use futures_util::future::{BoxFuture, FutureExt};
use inbox::auth::Sight;
use inbox::services::contacts as services;
use inbox::store::erasures as store;
use std::collections::HashSet;
use std::sync::Arc;

/// How far an erasure got.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "entities::ErasureState")]
pub(in crate::graphql) enum ContactErasureState {
    /// Names and numbers are gone; messages, files and raw webhooks follow.
    Running,
    /// Nothing is left.
    Done,
}

/// What kinds of thing are kept of a person.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "entities::ErasedKind")]
pub(in crate::graphql) enum ErasedKind {
    /// The contact itself.
    Contact,
    /// Phone numbers and WhatsApp's user ids.
    Identity,
    /// Threads.
    Conversation,
    /// Messages from and to the person.
    Message,
    /// What messages said before they were edited.
    MessageVersion,
    /// Statuses, edits and the like, as they were announced.
    MessageUpdate,
    /// Emojis under messages.
    Reaction,
    /// Files of messages.
    Media,
    /// Messages that waited to be sent.
    QueuedSend,
    /// Keys under which messages were sent.
    IdempotencyKey,
    /// Words that were put on the contact.
    Tag,
    /// Values of attributes.
    Attribute,
    /// What the person said about marketing.
    MarketingPreference,
    /// What other contacts were before they became a part of this one.
    Merge,
    /// Raw webhooks: that they came stays known, what they said is gone.
    WebhookReceipt,
    /// Announcements of WhatsApp, emptied as webhooks are.
    ProviderUpdate,
}

/// How many things of one kind were removed.
#[derive(Clone, Copy, Debug, SimpleObject)]
struct ErasedCount {
    /// What they were.
    kind: ErasedKind,
    /// The things removed so far; for raw texts those emptied.
    count: i32,
}

/// See the description in the schema.
#[derive(Clone, Debug)]
pub(in crate::graphql) struct ContactErasure(Arc<contact_erasure::Model>);

/// That a person is being erased, or was. It says nothing about who it was.
#[Object]
impl ContactErasure {
    /// Global id.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.global()
    }

    /// How far it got.
    async fn state(&self) -> ContactErasureState {
        self.0.state.into()
    }

    /// What was removed so far, by kind; kinds of which there was nothing are left out.
    async fn removed(&self) -> Vec<ErasedCount> {
        let counts = services::removed(&self.0).into_iter();
        let shown = counts.map(|(kind, count)| ErasedCount {
            kind: kind.into(),
            count: i32::try_from(count).unwrap_or(i32::MAX),
        });
        shown.collect()
    }

    /// When it was asked for.
    async fn requested_at(&self) -> DateTime {
        self.0.requested_at.into()
    }

    /// When nothing was left. Null while it runs.
    async fn finished_at(&self) -> Option<DateTime> {
        self.0.finished_at.map(Into::into)
    }
}

impl Resource for ContactErasure {
    type Id = ErasureId;
    type Row = contact_erasure::Model;
    type Plan = ();

    fn plan(_: &Selection<'_>) {}

    fn id_of(row: &contact_erasure::Model) -> ErasureId {
        row.id
    }

    fn fetch(
        reader: Reader<'_>,
        ids: HashSet<ErasureId>,
    ) -> BoxFuture<'_, inbox::Result<Vec<contact_erasure::Model>>> {
        async move {
            match reader.sight {
                Sight::Full => store::by_ids(reader.db(), ids).await,
                Sight::Names | Sight::Nothing => Ok(Vec::new()),
            }
        }
        .boxed()
    }

    fn build<'a>(
        _: Reader<'a>,
        rows: Vec<Arc<contact_erasure::Model>>,
        (): &'a (),
    ) -> BoxFuture<'a, Result<Vec<Self>>> {
        async move { Ok(rows.into_iter().map(Self).collect()) }.boxed()
    }
}

refusals! {
    /// Why a contact was not erased.
    ContactEraseUserError, ContactEraseUserErrorCode {
        /// The contact has a conversation that you do not see.
        ConversationNotVisible,
    }
}

/// An erasure that began, or why none did.
#[derive(SimpleObject)]
struct ContactErasePayload {
    /// How far it got: ask `node` again for it. Null if there are user errors.
    contact_erasure: Option<ContactErasure>,
    /// Why none began.
    user_errors: Vec<ContactEraseUserError>,
}

#[derive(Default)]
pub(in crate::graphql) struct ContactErasureMutations;

#[Object]
impl ContactErasureMutations {
    /// Erases a person for good: contact, numbers, conversations, messages with their files and versions, what waited to be
    /// sent, and what raw webhooks say. Names and numbers are gone at once, the rest follows in portions. Whoever writes from
    /// the number afterwards is a new contact. Needs the permission ADMINISTER, and that you see all conversations of the
    /// contact.
    async fn contact_erase(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The contact's id.")] id: ID,
    ) -> Result<ContactErasePayload> {
        let (viewer, id) = (viewer(ctx)?, ContactId::parse("id", &id)?);
        let (row, user_errors) = split(services::contact_erase(app(ctx), viewer, id).await)?;
        let contact_erasure = row.map(|row| ContactErasure(Arc::new(row)));
        Ok(ContactErasePayload { contact_erasure, user_errors })
    }
}
