//! Who changed what in a conversation, when and why.

use super::ConversationMode;
use crate::graphql::assistants::Assistant;
use crate::graphql::context::Reader;
use crate::graphql::errors::Result;
use crate::graphql::load::{self, Related, Resource, Selection};
use crate::graphql::messages::ActorKind;
use crate::graphql::scalars::DateTime;
use crate::graphql::users::{User, UserPlan};
use async_graphql::{Context, Enum, Object};
use entities::{ConversationChangeId, UserId, conversation_change};
use futures_util::future::{BoxFuture, FutureExt};
use std::collections::HashSet;
use std::sync::Arc;

/// What changed in a conversation.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "entities::ConversationChangeKind")]
pub(super) enum ConversationChangeKind {
    /// It began.
    Opened,
    /// Who may answer.
    ModeChanged,
    /// Which assistant is assigned, or whether it is active.
    AssistantChanged,
    /// Who answers for it.
    OwnerChanged,
    /// It left the inbox.
    Archived,
    /// It came back.
    Unarchived,
    /// The assistant gave it to people.
    HandedOff,
    /// Another conversation became a part of it.
    Merged,
}

/// Why something changed in a conversation.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "entities::ChangeCause")]
pub(super) enum ConversationChangeCause {
    /// The customer wrote.
    CustomerWrote,
    /// The business wrote over this service.
    MessageSent,
    /// Somebody wrote on the business's phone.
    BusinessAppSent,
    /// Somebody asked for it.
    Request,
    /// The business's phone brought its history along.
    History,
    /// A scheduled job did it.
    Job,
    /// The assistant decided it.
    Assistant,
}

/// See the description in the schema.
#[derive(Clone, Debug)]
pub(in crate::graphql) struct ConversationChange {
    row: Arc<conversation_change::Model>,
    actor: Related<User>,
    owner: Related<User>,
    assistant: Related<Assistant>,
}

/// What a selection asks of a change beyond its row.
#[derive(Clone, Debug, Default)]
pub(in crate::graphql) struct ConversationChangePlan {
    actor: Option<UserPlan>,
    owner: Option<UserPlan>,
    assistant: bool,
}

/// A line of a conversation's timeline. It has the whole state after the change: the state at any moment is that of the last
/// line before it.
#[Object]
impl ConversationChange {
    /// What changed.
    async fn kind(&self) -> ConversationChangeKind {
        self.row.kind.into()
    }

    /// Why.
    async fn cause(&self) -> ConversationChangeCause {
        self.row.cause.into()
    }

    /// When, by this service's clock.
    async fn occurred_at(&self) -> DateTime {
        self.row.occurred_at.into()
    }

    /// What kind of actor did it. Null for the customer and for the business's phone.
    async fn actor_kind(&self) -> Option<ActorKind> {
        self.row.actor_kind.map(Into::into)
    }

    /// Which person did it. Null for others.
    async fn user(&self, ctx: &Context<'_>) -> Option<Result<User>> {
        let read = async {
            let Some(id) = actor(&self.row) else { return Ok(None) };
            load::load_one::<User>(Reader::new(ctx)?, &UserPlan::default(), id).await
        };
        self.actor.or_read(read).await
    }

    /// Who answers for it from then on.
    async fn owner(&self, ctx: &Context<'_>) -> Option<Result<User>> {
        let read = async {
            load::load_one::<User>(Reader::new(ctx)?, &UserPlan::default(), self.row.owner_id).await
        };
        self.owner.or_read(read).await
    }

    /// Who may answer from then on.
    async fn mode(&self) -> ConversationMode {
        self.row.mode.into()
    }

    /// The assistant that is assigned from then on.
    async fn assistant(&self, ctx: &Context<'_>) -> Option<Result<Assistant>> {
        let read = async {
            let Some(id) = self.row.assistant_id else { return Ok(None) };
            load::load_one::<Assistant>(Reader::new(ctx)?, &(), id).await
        };
        self.assistant.or_read(read).await
    }

    /// Whether the assistant answers from then on.
    async fn assistant_active(&self) -> bool {
        self.row.assistant_active
    }

    /// Whether it is out of the inbox from then on.
    async fn archived(&self) -> bool {
        self.row.archived
    }

    /// Why the assistant gave it to people: `customer_request`, `frustration`, `out_of_scope`, `model_failure` and others.
    async fn reason(&self) -> Option<&str> {
        self.row.reason.as_deref()
    }

    /// What the assistant tells its colleagues.
    async fn summary(&self) -> Option<&str> {
        self.row.summary.as_deref()
    }
}

fn actor(row: &conversation_change::Model) -> Option<UserId> {
    (row.actor_kind == Some(entities::ActorKind::User)).then_some(row.actor_id).flatten().map(UserId)
}

impl Resource for ConversationChange {
    type Id = ConversationChangeId;
    type Row = conversation_change::Model;
    type Plan = ConversationChangePlan;

    fn plan(selection: &Selection<'_>) -> ConversationChangePlan {
        ConversationChangePlan {
            actor: selection.field("user").map(|user| UserPlan::of(&user)),
            owner: selection.field("owner").map(|owner| UserPlan::of(&owner)),
            assistant: selection.has(&["assistant"]),
        }
    }

    fn id_of(row: &conversation_change::Model) -> ConversationChangeId {
        row.id
    }

    fn fetch(
        reader: Reader<'_>,
        ids: HashSet<ConversationChangeId>,
    ) -> BoxFuture<'_, inbox::Result<Vec<conversation_change::Model>>> {
        inbox::store::timeline::by_ids(reader.db(), reader.reach, ids).boxed()
    }

    fn build<'a>(
        reader: Reader<'a>,
        rows: Vec<Arc<conversation_change::Model>>,
        plan: &'a ConversationChangePlan,
    ) -> BoxFuture<'a, Result<Vec<Self>>> {
        async move {
            let actors: Vec<_> = rows.iter().filter_map(|row| actor(row)).collect();
            let owners: Vec<_> = rows.iter().map(|row| row.owner_id).collect();
            let assistants: Vec<_> = rows.iter().filter_map(|row| row.assistant_id).collect();
            let (actors, owners, assistants) = tokio::try_join!(
                load::load_many::<User>(reader, plan.actor.as_ref(), actors),
                load::load_many::<User>(reader, plan.owner.as_ref(), owners),
                load::load_many::<Assistant>(reader, plan.assistant.then_some(&()), assistants),
            )?;
            let change = |row: Arc<conversation_change::Model>| Self {
                actor: actors.related(actor(&row)),
                owner: owners.related(Some(row.owner_id)),
                assistant: assistants.related(row.assistant_id),
                row,
            };
            Ok(rows.into_iter().map(change).collect())
        }
        .boxed()
    }
}
