//! The threads of the inbox.

mod filter;
mod message_pages;
mod mutations;
mod sendability;
mod timeline;

pub(super) use mutations::{
    ConversationArchiveUserError, ConversationAssignUserError, ConversationMarkReadUserError,
    ConversationMutations, ConversationSetAssistantUserError, ConversationSetModeUserError,
    ConversationSetTagsUserError, ConversationStartTypingUserError, ConversationUnarchiveUserError,
};

pub(super) use timeline::ConversationChange;

use super::assistants::Assistant;
use super::channels::{Channel, ChannelPlan};
use super::contacts::{Contact, ContactPlan};
use super::context::Reader;
use super::errors::Result;
use super::global_id::GlobalId;
use super::load::{self, Related, Resource, Selection};
use super::messages::{self, Message, MessageFilter, MessagePlan};
use super::ordering::{ConversationChangeOrder, ConversationOrder, MessageOrder, direction};
use super::paging::{self, Connection, List, Listing, MAX_SIZE, PageArguments};
use super::scalars::{Cursor, DateTime};
use super::users::{User, UserPlan};
use async_graphql::{Context, Enum, ID, Object};
use entities::{ConversationId, conversation};
use filter::ConversationFilter;
use futures_util::future::{BoxFuture, FutureExt};
use inbox::events::LoggedEvent;
use inbox::store::{conversations as store, tags, timeline as lines};
use message_pages::{MessagePage, MessagePagesPlan};
use sendability::Sendability;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Who may answer a conversation.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "entities::Mode")]
pub(super) enum ConversationMode {
    /// The assistant, where there is one.
    Automatic,
    /// Only people.
    Manual,
}

/// See the description in the schema.
#[derive(Clone, Debug)]
pub(super) struct Conversation {
    row: Arc<conversation::Model>,
    contact: Related<Contact>,
    channel: Related<Channel>,
    owner: Related<User>,
    assistant: Related<Assistant>,
    last_message: Related<Message>,
    messages: Option<Arc<MessagePage>>,
    tags: Related<Arc<[String]>>,
}

/// What a selection asks of a conversation beyond its row.
#[derive(Clone, Debug, Default)]
pub(super) struct ConversationPlan {
    contact: Option<ContactPlan>,
    channel: Option<ChannelPlan>,
    owner: Option<UserPlan>,
    assistant: bool,
    last_message: Option<Box<MessagePlan>>,
    messages: Option<Box<MessagePagesPlan>>,
    tags: bool,
}

impl ConversationPlan {
    /// The plan of a selection on `Conversation`.
    pub(super) fn of(selection: &Selection<'_>) -> Self {
        let sendability = selection.has(&["sendability"]);
        let contact = selection.field("contact").map(|contact| ContactPlan::of(&contact));
        Self {
            contact: contact.or_else(|| sendability.then(ContactPlan::default)),
            channel: match selection.field("channel") {
                Some(channel) => Some(Channel::plan(&channel)),
                None => sendability.then(ChannelPlan::default),
            },
            owner: selection.field("owner").map(|owner| UserPlan::of(&owner)),
            assistant: selection.has(&["assistant"]),
            last_message: selection.field("lastMessage").map(|message| Box::new(MessagePlan::of(&message))),
            messages: MessagePagesPlan::of(selection).map(Box::new),
            tags: selection.has(&["tags"]),
        }
    }
}

impl Conversation {
    async fn read_contact(&self, ctx: &Context<'_>) -> Option<Result<Contact>> {
        let read = async {
            let plan = ContactPlan::of(&Selection::new([ctx.look_ahead()]));
            load::load_one(Reader::new(ctx)?, &plan, self.row.contact_id).await
        };
        self.contact.or_read(read).await
    }

    async fn read_channel(&self, ctx: &Context<'_>) -> Option<Result<Channel>> {
        let read =
            async { load::load_one(Reader::new(ctx)?, &ChannelPlan::default(), self.row.channel_id).await };
        self.channel.or_read(read).await
    }
}

/// The one thread of a contact on a channel. It never splits: archived and reopened it stays the same.
#[Object]
impl Conversation {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        self.row.id.global()
    }

    /// With whom.
    async fn contact(&self, ctx: &Context<'_>) -> Option<Result<Contact>> {
        self.read_contact(ctx).await
    }

    /// Over which number.
    async fn channel(&self, ctx: &Context<'_>) -> Option<Result<Channel>> {
        self.read_channel(ctx).await
    }

    /// Who answers for it: a person, or the guest if nobody does.
    async fn owner(&self, ctx: &Context<'_>) -> Option<Result<User>> {
        let read = async {
            load::load_one::<User>(Reader::new(ctx)?, &UserPlan::default(), self.row.owner_id).await
        };
        self.owner.or_read(read).await
    }

    /// Who may answer: the assistant or only people. A person who sends makes it `MANUAL`.
    async fn mode(&self) -> ConversationMode {
        self.row.mode.into()
    }

    /// The assistant that is assigned. Null if none is.
    async fn assistant(&self, ctx: &Context<'_>) -> Option<Result<Assistant>> {
        let read = async {
            let Some(id) = self.row.assistant_id else { return Ok(None) };
            load::load_one::<Assistant>(Reader::new(ctx)?, &(), id).await
        };
        self.assistant.or_read(read).await
    }

    /// When the assistant last gave it to people. Null if it never did.
    async fn handed_off_at(&self) -> Option<DateTime> {
        self.row.handed_off_at.map(DateTime)
    }

    /// When the customer was last told to wait for a person. Null if never.
    async fn waiting_message_at(&self) -> Option<DateTime> {
        self.row.waiting_message_at.map(DateTime)
    }

    /// Who changed what in it, when and why, newest first unless asked otherwise: mode, assistant, owner, archive.
    async fn timeline(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How the list is ordered; newest first if absent.")] order_by: Option<
            ConversationChangeOrder,
        >,
        #[graphql(desc = "The first items, at most 100; 25 if neither first nor last is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only items behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "The last items instead of the first, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only items ahead of this cursor.")] before: Option<Cursor>,
    ) -> Result<Connection<ConversationChange>> {
        let id = self.row.id;
        let list = Listing {
            list: List::ConversationChanges,
            max: MAX_SIZE,
            direction: direction(order_by.map(|order| order.direction)),
            arguments: PageArguments { first, after, last, before },
            position: lines::position,
        };
        paging::connection(
            ctx,
            list,
            |reader, request| async move { lines::page(reader.db(), reader.reach, id, &request).await },
            |reader| async move { lines::count(reader.db(), reader.reach, id).await },
        )
        .await
    }

    /// Whether the assistant still answers; false once it handed off.
    async fn assistant_active(&self) -> bool {
        self.row.assistant_active
    }

    /// Out of the inbox until the customer writes again.
    async fn archived(&self) -> bool {
        self.row.archived
    }

    /// Inbound messages that nobody has read.
    async fn unread_count(&self) -> i32 {
        self.row.unread_count
    }

    /// The newest message by WhatsApp's time. Null before the first.
    async fn last_message(&self, ctx: &Context<'_>) -> Option<Result<Message>> {
        let read = async {
            let Some(id) = self.row.last_message_id else { return Ok(None) };
            let plan = MessagePlan::of(&Selection::new([ctx.look_ahead()]));
            load::load_one(Reader::new(ctx)?, &plan, id).await
        };
        self.last_message.or_read(read).await
    }

    /// When something was last said; what the inbox is ordered by.
    async fn last_activity_at(&self) -> DateTime {
        self.row.last_activity_at.into()
    }

    /// What may be sent now. The same rule is enforced by `messageSend`.
    async fn sendability(&self, ctx: &Context<'_>) -> Option<Result<Sendability>> {
        let contact = match self.read_contact(ctx).await? {
            Ok(contact) => contact,
            Err(failure) => return Some(Err(failure)),
        };
        let channel = match self.read_channel(ctx).await? {
            Ok(channel) => channel,
            Err(failure) => return Some(Err(failure)),
        };
        let now = super::context::app(ctx).clock.now();
        Some(Ok(Sendability::of(&self.row, contact.row(), channel.stored_state(), now)))
    }

    /// The messages of the conversation, newest first unless asked otherwise.
    async fn messages(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How the list is ordered; newest first if absent.")] order_by: Option<MessageOrder>,
        #[graphql(desc = "The first items, at most 100; 25 if neither first nor last is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only items behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "The last items instead of the first, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only items ahead of this cursor.")] before: Option<Cursor>,
    ) -> Result<Connection<Message>> {
        let arguments = PageArguments { first, after, last, before };
        let direction = direction(order_by.as_ref().map(|order| order.direction));
        if let Some(page) = self.messages.as_ref().and_then(|page| page.answer(direction, &arguments)) {
            return Ok(page);
        }
        let filter = MessageFilter::of_conversation(self.row.id);
        messages::connection(ctx, &filter, order_by, arguments, MAX_SIZE).await
    }

    /// The words that people put on the conversation, sorted.
    async fn tags(&self, ctx: &Context<'_>) -> Option<Result<Vec<String>>> {
        let read = async {
            Ok(tagged(Reader::new(ctx)?, true, &[self.row.id])
                .await?
                .and_then(|mut of| of.remove(&self.row.id)))
        };
        match self.tags.or_read(read).await {
            Some(tags) => Some(tags.map(|tags| tags.to_vec())),
            None => Some(Ok(Vec::new())),
        }
    }

    /// When it began.
    async fn created_at(&self) -> DateTime {
        self.row.created_at.into()
    }

    /// Last change of anything here.
    async fn updated_at(&self) -> DateTime {
        self.row.updated_at.into()
    }
}

impl Resource for Conversation {
    type Id = ConversationId;
    type Row = conversation::Model;
    type Plan = ConversationPlan;

    fn plan(selection: &Selection<'_>) -> ConversationPlan {
        ConversationPlan::of(selection)
    }

    fn id_of(row: &conversation::Model) -> ConversationId {
        row.id
    }

    fn at_hand(event: &LoggedEvent) -> Option<&Arc<conversation::Model>> {
        event.conversation.as_ref()
    }

    fn fetch(
        reader: Reader<'_>,
        ids: HashSet<ConversationId>,
    ) -> BoxFuture<'_, inbox::Result<Vec<conversation::Model>>> {
        store::by_ids(reader.db(), reader.reach, ids).boxed()
    }

    fn build<'a>(
        reader: Reader<'a>,
        rows: Vec<Arc<conversation::Model>>,
        plan: &'a ConversationPlan,
    ) -> BoxFuture<'a, Result<Vec<Self>>> {
        async move {
            let contacts: Vec<_> = rows.iter().map(|row| row.contact_id).collect();
            let channels: Vec<_> = rows.iter().map(|row| row.channel_id).collect();
            let owners: Vec<_> = rows.iter().map(|row| row.owner_id).collect();
            let last: Vec<_> = rows.iter().filter_map(|row| row.last_message_id).collect();
            let assistants: Vec<_> = rows.iter().filter_map(|row| row.assistant_id).collect();
            let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
            let messages = async {
                match &plan.messages {
                    Some(plan) => plan.read(reader, &ids).await,
                    None => Ok(HashMap::new()),
                }
            };
            let (contacts, channels, owners, assistants, last_messages, mut messages, mut tags) = tokio::try_join!(
                load::load_many::<Contact>(reader, plan.contact.as_ref(), contacts),
                load::load_many::<Channel>(reader, plan.channel.as_ref(), channels),
                load::load_many::<User>(reader, plan.owner.as_ref(), owners),
                load::load_many::<Assistant>(reader, plan.assistant.then_some(&()), assistants),
                load::load_many::<Message>(reader, plan.last_message.as_deref(), last),
                messages,
                tagged(reader, plan.tags, &ids),
            )?;
            let conversation = |row: Arc<conversation::Model>| Self {
                contact: contacts.related(Some(row.contact_id)),
                channel: channels.related(Some(row.channel_id)),
                owner: owners.related(Some(row.owner_id)),
                assistant: assistants.related(row.assistant_id),
                last_message: last_messages.related(row.last_message_id),
                messages: messages.remove(&row.id),
                tags: match &mut tags {
                    None => Related::NotRead,
                    Some(tags) => Related::Read(tags.remove(&row.id)),
                },
                row,
            };
            Ok(rows.into_iter().map(conversation).collect())
        }
        .boxed()
    }
}

type Tags = HashMap<ConversationId, Arc<[String]>>;

async fn tagged(reader: Reader<'_>, wanted: bool, ids: &[ConversationId]) -> Result<Option<Tags>> {
    if !wanted || ids.is_empty() {
        return Ok(None);
    }
    let found = tags::of_conversations(reader.db(), reader.reach, ids.iter().copied()).await?;
    let groups = load::group(found, |row| row.conversation_id).into_iter();
    Ok(Some(groups.map(|(id, rows)| (id, rows.into_iter().map(|row| row.tag).collect())).collect()))
}

#[derive(Default)]
pub(super) struct ConversationQueries;

#[Object]
impl ConversationQueries {
    /// One conversation. Null if there is none, or none for the caller.
    async fn conversation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The conversation's id.")] id: ID,
    ) -> Option<Result<Conversation>> {
        let read = async {
            let reader = Reader::new(ctx)?;
            let plan = ConversationPlan::of(&Selection::new([ctx.look_ahead()]));
            load::load_one(reader, &plan, ConversationId::parse("id", &id)?).await
        };
        read.await.transpose()
    }

    /// The inbox: conversations, those with the newest activity first unless asked otherwise.
    #[expect(clippy::too_many_arguments, reason = "each is an argument of the schema")]
    async fn conversations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only conversations that match all of this.")] filter: Option<ConversationFilter>,
        #[graphql(desc = "How the list is ordered; newest activity first if absent.")] order_by: Option<
            ConversationOrder,
        >,
        #[graphql(desc = "The first items, at most 100; 25 if neither first nor last is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only items behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "The last items instead of the first, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only items ahead of this cursor.")] before: Option<Cursor>,
    ) -> Result<Connection<Conversation>> {
        let filter = filter.unwrap_or_default().to_store(super::context::app(ctx).clock.now())?;
        let filter = &filter;
        let list = Listing {
            list: List::Conversations,
            max: MAX_SIZE,
            direction: direction(order_by.map(|order| order.direction)),
            arguments: PageArguments { first, after, last, before },
            position: store::position,
        };
        paging::connection(
            ctx,
            list,
            |reader, request| async move { store::page(reader.db(), reader.reach, filter, &request).await },
            |reader| async move { store::count(reader.db(), reader.reach, filter).await },
        )
        .await
    }
}
