//! What was said.

mod batch;
mod context;
mod details;
mod error;
mod filter;
mod hold;
mod kinds;
mod queries;
mod react;
mod schedule;
mod send;
mod unsent;

pub(super) use details::ActorKind;
pub(super) use filter::MessageFilter;
pub(super) use kinds::{MessageDirection, MessageKind, MessageOrigin, MessageStatus};
pub(super) use queries::{MessageQueries, connection};
pub(super) use react::MessageReactUserError;
pub(super) use schedule::MessageScheduleUserError;
pub(super) use send::MessageSendUserError;
pub(super) use unsent::{MessageCancelUserError, MessageGiveUpUserError, MessageRetryUserError};

use super::content::MessageContent;
use super::context::Reader;
use super::conversations::{Conversation, ConversationPlan};
use super::errors::Result;
use super::global_id::GlobalId;
use super::load::{self, Related, Selection};
use super::media::Media;
use super::scalars::DateTime;
use super::users::{User, UserPlan};
use async_graphql::{Context, ID, MergedObject, Object};
use context::MessageContext;
use details::{MessageActor, MessagePricing, MessageStatusTimes, MessageVersion, Reaction};
use entities::{UserId, message};
pub(super) use error::MessageError;
use hold::MessageHold;
use inbox::store::messages as store;
use std::sync::Arc;

/// What is done with messages.
#[derive(Default, MergedObject)]
pub(super) struct MessageMutations(
    send::MessageSendMutations,
    schedule::MessageScheduleMutations,
    unsent::UnsentMessageMutations,
    react::MessageReactMutations,
);

/// See the description in the schema.
#[derive(Clone, Debug)]
pub(super) struct Message {
    row: Arc<message::Model>,
    conversation: Related<Arc<Conversation>>,
    reply_to: Related<Arc<Message>>,
    retry: Related<Arc<Message>>,
    actor: Related<User>,
    reactions: Related<Arc<[Reaction]>>,
    media: Related<Media>,
    versions: Related<Arc<[MessageVersion]>>,
    /// Deleted for everyone, and this service does not show what was.
    hidden: bool,
}

/// What a selection asks of a message beyond its row.
#[derive(Clone, Debug, Default)]
pub(super) struct MessagePlan {
    conversation: Option<Box<ConversationPlan>>,
    reply_to: Option<Box<MessagePlan>>,
    retry: Option<Box<MessagePlan>>,
    actor: Option<UserPlan>,
    reactions: bool,
    media: bool,
    versions: bool,
}

impl MessagePlan {
    /// The plan of a selection on `Message`.
    pub(super) fn of(selection: &Selection<'_>) -> Self {
        let conversation = selection.field("conversation");
        Self {
            conversation: conversation.map(|below| Box::new(ConversationPlan::of(&below))),
            reply_to: selection.field("replyTo").map(|below| Box::new(Self::of(&below))),
            retry: selection.field("retry").map(|below| Box::new(Self::of(&below))),
            actor: selection
                .field("actor")
                .and_then(|actor| actor.field("user"))
                .map(|user| UserPlan::of(&user)),
            reactions: selection.has(&["reactions"]),
            media: selection.has(&["media"]),
            versions: selection.has(&["versions"]),
        }
    }
}

/// One message, from a customer or to one.
#[Object]
impl Message {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        self.row.id.global()
    }

    /// Where it stands.
    async fn conversation(&self, ctx: &Context<'_>) -> Option<Result<Arc<Conversation>>> {
        let read = async {
            let plan = ConversationPlan::of(&Selection::new([ctx.look_ahead()]));
            let id = self.row.conversation_id;
            Ok(load::load_one(Reader::new(ctx)?, &plan, id).await?.map(Arc::new))
        };
        self.conversation.or_read(read).await
    }

    /// Who wrote: the customer or the business.
    async fn direction(&self) -> MessageDirection {
        self.row.direction.into()
    }

    /// How it came to be.
    async fn origin(&self) -> MessageOrigin {
        self.row.origin.into()
    }

    /// Who sent it over this service. Null for what customers wrote and for what was typed on the business's phone.
    async fn actor(&self) -> Option<MessageActor> {
        let kind = self.row.actor_kind?;
        Some(MessageActor { kind, user_id: user_id(&self.row), user: self.actor.clone() })
    }

    /// The content's kind: which of the types `content` is. It stays when the message was deleted for everyone.
    async fn kind(&self) -> MessageKind {
        MessageKind::from_stored(&self.row.kind)
    }

    /// What it says, as it is after the last edit; `RevokedContent` if it was deleted for everyone.
    async fn content(&self) -> MessageContent {
        MessageContent::from_stored(&self.row.content, self.hidden)
    }

    /// How far an outbound message got; never moves backwards. Null for inbound messages.
    async fn status(&self) -> Option<MessageStatus> {
        self.row.status.map(Into::into)
    }

    /// When an outbound message reached each state. Null for inbound messages.
    async fn status_times(&self) -> Option<MessageStatusTimes> {
        (self.row.direction == entities::Direction::Outbound).then(|| MessageStatusTimes::of(&self.row))
    }

    /// That WhatsApp holds it back although it took it, which it does with templates. Null if it does not, and as soon as it
    /// was sent or failed.
    async fn hold(&self) -> Option<MessageHold> {
        MessageHold::of(&self.row)
    }

    /// Why it was not delivered. Null unless it failed.
    async fn error(&self) -> Option<MessageError> {
        self.row.error.as_deref().map(MessageError::from_stored)
    }

    /// The message that it quotes or answers. Null if there is none, or if it is not ours.
    async fn reply_to(&self, ctx: &Context<'_>) -> Option<Result<Arc<Message>>> {
        let read = async {
            let reader = Reader::new(ctx)?;
            let plan = MessagePlan::of(&Selection::new([ctx.look_ahead()]));
            let quoted = batch::quoted(reader, Some(&plan), std::slice::from_ref(&self.row)).await?;
            Ok(quoted.and_then(|quoted| quoted.by(&self.row)))
        };
        self.reply_to.or_read(read).await
    }

    /// The message that `messageRetry` sent in its place. Null if it was not sent again.
    async fn retry(&self, ctx: &Context<'_>) -> Option<Result<Arc<Message>>> {
        let read = async {
            let reader = Reader::new(ctx)?;
            let plan = MessagePlan::of(&Selection::new([ctx.look_ahead()]));
            let retries = batch::retries(reader, Some(&plan), std::slice::from_ref(&self.row)).await?;
            Ok(retries.and_then(|mut retries| retries.remove(&self.row.id)))
        };
        self.retry.or_read(read).await
    }

    /// Reactions that were not taken back: at most one from each side.
    async fn reactions(&self, ctx: &Context<'_>) -> Option<Result<Vec<Reaction>>> {
        let read = async {
            let reader = Reader::new(ctx)?;
            let rows = store::reactions(reader.db(), reader.reach, [self.row.id]).await?;
            Ok(Some(rows.into_iter().filter_map(Reaction::of).collect()))
        };
        let found: Option<Result<Arc<[Reaction]>>> = self.reactions.or_read(read).await;
        Some(found.transpose().map(|reactions| reactions.map_or_else(Vec::new, |all| all.to_vec())))
    }

    /// The file that it carries. Null for kinds without one, and if the message was deleted for everyone.
    async fn media(&self, ctx: &Context<'_>) -> Option<Result<Media>> {
        let read = async {
            let reader = Reader::new(ctx)?;
            let revoked = reader.app.config.revoked_messages;
            let files =
                inbox::store::media::of_messages(reader.db(), reader.reach, revoked, [self.row.id]).await?;
            Ok(files.into_iter().next().map(Media::from))
        };
        self.media.or_read(read).await
    }

    /// What came with it beside its content: forwarding, the ad or the product that it came from. Null if nothing did.
    async fn context(&self) -> Option<MessageContext> {
        self.row.context.as_deref().and_then(MessageContext::from_stored)
    }

    /// What WhatsApp charges for it. Null until WhatsApp says.
    async fn pricing(&self) -> Option<MessagePricing> {
        self.row.pricing.as_deref().and_then(MessagePricing::from_stored)
    }

    /// WhatsApp's time of the message; for one that waits, when it was queued. Messages are ordered by it.
    async fn sent_at(&self) -> DateTime {
        self.row.sent_at.into()
    }

    /// When this service learnt of the message.
    async fn received_at(&self) -> DateTime {
        self.row.received_at.into()
    }

    /// When the customer last edited it. Null if never.
    async fn edited_at(&self) -> Option<DateTime> {
        self.row.edited_at.map(DateTime)
    }

    /// When it was deleted for everyone. Null if it was not. From then on what it said is not shown, unless the setting
    /// `revoked_messages` of this service is `show`.
    async fn revoked_at(&self) -> Option<DateTime> {
        self.row.revoked_at.map(DateTime)
    }

    /// What it said before each edit, oldest first.
    async fn versions(&self, ctx: &Context<'_>) -> Option<Result<Vec<MessageVersion>>> {
        let read = async {
            let reader = Reader::new(ctx)?;
            let rows = store::versions(reader.db(), reader.reach, [self.row.id]).await?;
            Ok(Some(rows.iter().map(|row| MessageVersion::of(row, self.hidden)).collect()))
        };
        let found: Option<Result<Arc<[MessageVersion]>>> = self.versions.or_read(read).await;
        Some(found.transpose().map(|versions| versions.map_or_else(Vec::new, |all| all.to_vec())))
    }
}

fn user_id(row: &message::Model) -> Option<UserId> {
    (row.actor_kind == Some(entities::ActorKind::User)).then_some(row.actor_id).flatten().map(UserId)
}

/// A mutation's message, with what is selected of `message`.
async fn built(ctx: &Context<'_>, row: Option<message::Model>) -> Result<Option<Message>> {
    let Some(row) = row else { return Ok(None) };
    let plan = MessagePlan::of(&Selection::new([ctx.look_ahead().field("message")]));
    load::build_one(Reader::new(ctx)?, row, &plan).await
}
