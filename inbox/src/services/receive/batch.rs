//! A portion being applied: everything it speaks of is read first, changed in memory, and written at the end.

use super::changes::Change;
use super::keys::{self, Keys};
use super::people::People;
use super::rows::Rows;
use super::{Unit, keys::refuse};
use crate::app::{App, AutomaticConfig, ContactsConfig};
use crate::auth::Reach;
use crate::clock::Ids;
use crate::domain::control::{self, Control};
use crate::domain::effects::Effects;
use crate::domain::turn as domain_turn;
use crate::error::Result;
use crate::services::provider_tasks::show_reaction;
use crate::services::templates::Book;
use crate::services::timeline::Why;
use crate::services::windows::window_closed;
use crate::services::{contacts, marketing_holds, templates, turns};
use crate::store::db::NewEvent;
use crate::store::{Tx, bulk, effects, preferences, templates as store_templates};
use entities::{
    ActorKind, ChangeCause, ChannelId, ContactId, ConversationChangeKind, ConversationId, EventKind,
    MessageId, MessageUpdateId, ProviderUpdateId, Timestamp, WebhookEffectKind, channel, conversation,
    conversation_change, marketing_preference, media, message, message_update, message_version,
    provider_update, reaction, turn,
};
use providers::content::Content;
use providers::inbound::{Item, Party, ProviderError};
use providers::template::TemplateUpdate;
use std::collections::{BTreeSet, HashMap, HashSet};

pub(super) struct Batch<'a> {
    pub(super) tx: &'a Tx,
    pub(super) ids: &'a Ids,
    pub(super) words: &'a ContactsConfig,
    automatic: &'a AutomaticConfig,
    channels: HashMap<String, channel::Model>,
    pub(super) people: People,
    pub(super) conversations: Rows<ConversationId, conversation::Model>,
    threads: HashMap<(ContactId, ChannelId), ConversationId>,
    pub(super) messages: Rows<MessageId, message::Model>,
    pub(super) by_wamid: HashMap<(ChannelId, String), MessageId>,
    pub(super) updates: Rows<MessageUpdateId, message_update::Model>,
    pub(super) known_updates: HashSet<(ChannelId, String, String)>,
    /// Things that happened to messages that nobody has seen yet.
    pub(super) parked: HashMap<(ChannelId, String), Vec<MessageUpdateId>>,
    announcements: HashSet<String>,
    new_announcements: Vec<provider_update::Model>,
    templates: Book,
    /// Messages that Meta could not deliver, with its code and when.
    pub(super) failed: Vec<(MessageId, Option<i64>, Timestamp)>,
    pub(super) versions: Vec<message_version::Model>,
    /// Edits older than the message's newest, with what they made it say.
    pub(super) late_edits: Vec<message_version::Model>,
    pub(super) reactions: Vec<reaction::Model>,
    /// Messages to which the business's reaction was refused after all.
    pub(super) failed_reactions: Vec<(MessageId, ProviderError)>,
    pub(super) media: Vec<media::Model>,
    /// Rows for the ledger of what contacts want of marketing.
    pub(super) preferences: Vec<marketing_preference::Model>,
    /// Contacts that turned out to be one: who stays, and who becomes a part of it.
    pub(super) same_people: Vec<(ContactId, ContactId)>,
    /// Lines of the conversations' timelines.
    timeline: Vec<conversation_change::Model>,
    /// Conversations in which a person wrote on the business's phone.
    interrupted: Vec<ConversationId>,
    /// What customers wrote in automatic mode.
    turns: HashMap<ConversationId, turn::Model>,
    /// Sends whose outcome a status told.
    pub(super) settled: Vec<MessageId>,
    events: Vec<NewEvent>,
    /// What was changed since it was last taken.
    pub(super) tally: Effects,
    updated: HashSet<(EventKind, uuid::Uuid)>,
}

impl<'a> Batch<'a> {
    pub(super) async fn load(tx: &'a Tx, app: &'a App, keys: Keys<'_>) -> Result<Self> {
        let channels = effects::channels(tx).await?;
        let people = People::load(tx, keys.identities).await?;
        let found = effects::find_messages(tx, keys.wamids.clone(), keys.message_ids).await?;
        let updates = effects::message_updates(tx, keys.wamids).await?;
        let hashes = keys.announcements.iter().map(String::as_str).collect();
        let announcements = effects::known_announcements(tx, hashes).await?;

        // Conversations, then messages, then contacts: the one order in which rows are locked.
        let of_messages: BTreeSet<ConversationId> =
            found.iter().map(|message| message.conversation_id).collect();
        let conversations = effects::conversations(tx, people.contact_ids(), of_messages).await?;
        let wanted: BTreeSet<MessageId> = found.iter().map(|message| message.id).collect();
        let messages = if tx.has_row_locks() { effects::lock_messages(tx, wanted).await? } else { found };
        let templates = store_templates::lock_some(tx, keys.templates, keys.template_names).await?;

        let parked = updates.iter().filter(|update| update.message_id.is_none());
        Ok(Self {
            tx,
            ids: &app.ids,
            words: &app.config.contacts,
            automatic: &app.config.automatic,
            channels: channels
                .into_iter()
                .filter_map(|channel| Some((channel.phone_number_id.clone()?, channel)))
                .collect(),
            people,
            threads: conversations.iter().map(|row| ((row.contact_id, row.channel_id), row.id)).collect(),
            conversations: Rows::loaded(conversations.into_iter().map(|row| (row.id, row))),
            by_wamid: messages
                .iter()
                .filter_map(|row| Some(((row.channel_id, row.wamid.clone()?), row.id)))
                .collect(),
            messages: Rows::loaded(messages.into_iter().map(|row| (row.id, row))),
            known_updates: updates
                .iter()
                .map(|row| (row.channel_id, row.wamid.clone(), row.effect.clone()))
                .collect(),
            parked: parked.fold(HashMap::new(), |mut parked, row| {
                parked.entry((row.channel_id, row.wamid.clone())).or_insert_with(Vec::new).push(row.id);
                parked
            }),
            updates: Rows::loaded(updates.into_iter().map(|row| (row.id, row))),
            announcements: announcements.into_iter().collect(),
            new_announcements: Vec::new(),
            templates: Book::new(templates),
            failed: Vec::new(),
            versions: Vec::new(),
            late_edits: Vec::new(),
            reactions: Vec::new(),
            failed_reactions: Vec::new(),
            media: Vec::new(),
            preferences: Vec::new(),
            same_people: Vec::new(),
            timeline: Vec::new(),
            interrupted: Vec::new(),
            turns: HashMap::new(),
            settled: Vec::new(),
            events: Vec::new(),
            tally: Effects::default(),
            updated: HashSet::new(),
        })
    }

    /// Applies one item; the number of effects that it had, or why it cannot be applied.
    pub(super) fn apply(&mut self, unit: &Unit<'_>) -> Result<i32, String> {
        refuse(unit)?;
        match unit.item {
            Item::Message(message) => self.inbound(self.channel(unit)?, message, unit.received_at),
            Item::Echo(echo) => self.echo(self.channel(unit)?, echo, unit.received_at),
            Item::History(message) => self.history(self.channel(unit)?, message, unit.received_at),
            Item::Status(status) => Ok(self.status(self.channel(unit)?, status)),
            Item::Preference(preference) => self.preference(preference),
            Item::AddressBook(entry) => self.address_book(entry),
            Item::Update(update) => {
                let effects = self.announcement(unit, update.value.to_string());
                if effects > 0
                    && let Some(update) = TemplateUpdate::read(unit.field, &update.value)
                {
                    let at = unit.time.map_or(unit.received_at, Timestamp::from_seconds);
                    self.templates.announce(self.ids, unit.entry_id, &update, (at, self.tx.now()));
                }
                Ok(effects)
            }
            Item::Error(error) => {
                Ok(self.announcement(unit, serde_json::to_string(error).unwrap_or_default()))
            }
            Item::Unreadable(_) => Ok(0),
        }
    }

    /// What was changed, by kind, since this was last asked.
    pub(super) fn take_tally(&mut self) -> Effects {
        std::mem::take(&mut self.tally)
    }

    fn channel(&self, unit: &Unit<'_>) -> Result<ChannelId, String> {
        let Some(id) = unit.phone_number_id else {
            return Err(format!("{}: the webhook names no phone number id", unit.field));
        };
        let channel = self.channels.get(id).map(|channel| channel.id);
        channel.ok_or_else(|| {
            format!(
                "no channel has the phone number id {id:.40}: connect the number, then replay this webhook"
            )
        })
    }

    /// The contact's thread on the channel, begun now if there is none.
    pub(super) fn thread(
        &mut self,
        contact_id: ContactId,
        channel_id: ChannelId,
        cause: ChangeCause,
    ) -> Result<ConversationId, String> {
        if let Some(id) = self.threads.get(&(contact_id, channel_id)) {
            return Ok(*id);
        }
        let people = &self.people;
        let (owner_id, assistant_id) =
            people.owner_and_assistant(contact_id).ok_or("the contact was not read")?;
        let now = self.tx.now();
        let control = control::opened(assistant_id.is_some());
        let conversation = conversation::Model {
            id: self.ids.next(),
            contact_id,
            channel_id,
            owner_id,
            mode: control.mode,
            assistant_id,
            assistant_active: control.assistant_active,
            control_epoch: control.control_epoch,
            archived: control.archived,
            unread_count: 0,
            last_message_id: None,
            last_message_at: None,
            last_activity_at: Timestamp(0),
            last_inbound_at: None,
            window_closed_by_provider: false,
            read_receipt_at: None,
            waiting_message_at: None,
            handed_off_at: None,
            assistant_context_at: None,
            created_at: now,
            updated_at: now,
        };
        let id = conversation.id;
        self.threads.insert((contact_id, channel_id), id);
        self.tally.count(WebhookEffectKind::ConversationOpened);
        let why = Why::webhook(cause, None);
        self.timeline.push(why.line(self.ids, ConversationChangeKind::Opened, &conversation, now));
        self.conversations.add(id, conversation);
        Ok(id)
    }

    /// Changes who may answer a conversation, and tells its timeline.
    pub(super) fn control(&mut self, id: ConversationId, why: &Why, transition: impl Fn(Control) -> Control) {
        let now = self.tx.now();
        let Some(row) = self.conversations.change(id) else { return };
        let before = row.clone();
        transition(Control::from(&before)).show_in(row);
        self.timeline.extend(why.between(self.ids, &before, row, now));
        if row.control_epoch != before.control_epoch {
            self.interrupted.push(id);
            self.turns.remove(&id);
        }
    }

    /// The customer wrote something that wants an answer: in automatic mode it begins a turn, or makes it longer.
    pub(super) fn turn(&mut self, id: ConversationId, message_id: MessageId, content: &Content) {
        let Some(row) = self.conversations.get(id) else { return };
        let Some(pause) = domain_turn::pause(row, content, self.automatic.waiting_messages) else { return };
        let now = self.tx.now();
        self.turns.insert(id, turns::new(id, message_id, now, pause));
    }

    /// The contact behind these ids, made now if nobody knows them.
    pub(super) fn person(&mut self, party: &Party) -> Result<ContactId, String> {
        let made = self.people.made();
        let (contact, changed) = self.people.resolve(party, self.ids, self.tx.now())?;
        if self.people.made() > made {
            self.tally.count(WebhookEffectKind::ContactCreated);
        } else if changed {
            self.tally.count(WebhookEffectKind::ContactChanged);
        }
        if changed {
            self.contact_updated(contact);
        }
        Ok(contact)
    }

    fn announcement(&mut self, unit: &Unit<'_>, value: String) -> i32 {
        let hash = keys::announcement_hash(unit);
        if !self.announcements.insert(hash.clone()) {
            return 0;
        }
        self.tally.count(WebhookEffectKind::UpdateAnnounced);
        let id: ProviderUpdateId = self.ids.next();
        let channel_id = unit.phone_number_id.and_then(|id| self.channels.get(id)).map(|channel| channel.id);
        self.new_announcements.push(provider_update::Model {
            id,
            content_hash: hash,
            receipt_id: unit.receipt_id,
            channel_id,
            entry_id: unit.entry_id.to_owned(),
            field: unit.field.to_owned(),
            value,
            occurred_at: unit.time.map_or(unit.received_at, Timestamp::from_seconds),
        });
        self.events.push(NewEvent {
            channel_id,
            subject_id: Some(id.0),
            ..NewEvent::new(EventKind::ProviderUpdated)
        });
        1
    }

    pub(super) fn contact_updated(&mut self, contact_id: ContactId) {
        if self.updated.insert((EventKind::ContactUpdated, contact_id.0)) {
            self.events
                .push(NewEvent { contact_id: Some(contact_id), ..NewEvent::new(EventKind::ContactUpdated) });
        }
    }

    pub(super) fn conversation_updated(&mut self, id: ConversationId) {
        if self.updated.insert((EventKind::ConversationUpdated, id.0))
            && let Some(row) = self.conversations.get(id)
        {
            self.events.push(NewEvent {
                conversation_id: Some(id),
                channel_id: Some(row.channel_id),
                contact_id: Some(row.contact_id),
                ..NewEvent::new(EventKind::ConversationUpdated)
            });
        }
    }

    pub(super) fn window_closed(&mut self, id: ConversationId) {
        if let Some(row) = self.conversations.get(id) {
            self.events.push(window_closed(row));
        }
    }

    pub(super) fn message_added(&mut self, message: &message::Model) {
        let contact_id = self.conversations.get(message.conversation_id).map(|row| row.contact_id);
        self.updated.insert((EventKind::MessageUpdated, message.id.0));
        self.events.push(NewEvent {
            conversation_id: Some(message.conversation_id),
            channel_id: Some(message.channel_id),
            contact_id,
            message_id: Some(message.id),
            ..NewEvent::new(EventKind::MessageAdded)
        });
    }

    pub(super) fn message_updated(&mut self, id: MessageId) {
        if self.updated.insert((EventKind::MessageUpdated, id.0))
            && let Some(message) = self.messages.get(id)
        {
            self.events.push(NewEvent {
                conversation_id: Some(message.conversation_id),
                channel_id: Some(message.channel_id),
                contact_id: self.conversations.get(message.conversation_id).map(|row| row.contact_id),
                message_id: Some(id),
                ..NewEvent::new(EventKind::MessageUpdated)
            });
        }
    }

    /// Writes everything, what others point at first.
    pub(super) async fn save(self) -> Result<()> {
        let connection = self.tx.conn();
        self.people.save(connection).await?;
        let (new, changed) = self.conversations.into_writes();
        bulk::insert_all::<conversation::Entity, _>(connection, new).await?;
        bulk::save_all::<conversation::Entity, _>(connection, changed).await?;
        bulk::insert_all::<conversation_change::Entity, _>(connection, self.timeline).await?;
        let refused: Vec<_> = self
            .failed
            .iter()
            .filter_map(|(id, code, at)| Some((self.messages.get(*id)?.clone(), *code, *at)))
            .filter(|(message, ..)| message.kind == "TEMPLATE")
            .collect();
        let (new, changed) = self.messages.into_writes();
        bulk::insert_all::<message::Entity, _>(connection, new).await?;
        bulk::save_all::<message::Entity, _>(connection, changed).await?;
        let (new, changed) = self.updates.into_writes();
        bulk::insert_all::<message_update::Entity, _>(connection, new).await?;
        bulk::save_all::<message_update::Entity, _>(connection, changed).await?;
        bulk::insert_all::<message_version::Entity, _>(connection, self.versions).await?;
        for edit in self.late_edits {
            effects::insert_between(connection, edit).await?;
        }
        effects::save_reactions(connection, self.reactions).await?;
        for (message, error) in self.failed_reactions {
            show_reaction(self.tx, message, Some(&error)).await?;
        }
        bulk::insert_all::<media::Entity, _>(connection, self.media).await?;
        bulk::insert_all::<provider_update::Entity, _>(connection, self.new_announcements).await?;
        effects::settle_sends(self.tx, self.settled).await?;
        for row in self.preferences {
            preferences::record(connection, row).await?;
        }
        turns::interrupt(self.tx, &self.interrupted).await?;
        turns::begin(self.tx, self.turns.into_values().collect()).await?;
        become_one(self.tx, self.ids, self.same_people).await?;
        for event in self.events {
            self.tx.emit(event);
        }
        self.templates.save(self.tx, self.ids).await?;
        for (message, code, at) in refused {
            templates::message_refused(self.tx, self.ids, &message, code).await?;
            marketing_holds::message_refused(self.tx, &message, code, at).await?;
        }
        Ok(())
    }
}

/// Makes contacts one that turned out to be one person.
async fn become_one(tx: &Tx, ids: &Ids, pairs: Vec<(ContactId, ContactId)>) -> Result<()> {
    let mut gone: HashMap<ContactId, ContactId> = HashMap::new();
    for (stays, goes) in pairs {
        let now = |mut id: ContactId| {
            while let Some(next) = gone.get(&id) {
                id = *next;
            }
            id
        };
        let (stays, goes) = (now(stays), now(goes));
        if stays != goes {
            contacts::merge(tx, ids, Reach::All, stays, goes, (ActorKind::System, None)).await?;
            gone.insert(goes, stays);
        }
    }
    Ok(())
}

/// What happened to a message, as kept until the message is known.
impl Batch<'_> {
    /// Records something that happened to a message and applies it, or parks it until the message is known. Nothing if
    /// it is known already.
    pub(super) fn happened(
        &mut self,
        channel_id: ChannelId,
        wamid: &str,
        effect: String,
        at: Timestamp,
        change: &Change,
    ) -> i32 {
        if !self.known_updates.insert((channel_id, wamid.to_owned(), effect.clone())) {
            return 0;
        }
        self.tally.count(change.effect());
        let target = self.by_wamid.get(&(channel_id, wamid.to_owned())).copied();
        if let Some(message_id) = target {
            self.change_message(message_id, change);
        }
        let row = message_update::Model {
            id: self.ids.next(),
            channel_id,
            wamid: wamid.to_owned(),
            effect,
            payload: serde_json::to_string(change).unwrap_or_default(),
            occurred_at: at,
            message_id: target,
            created_at: self.tx.now(),
        };
        if target.is_none() {
            self.parked.entry((channel_id, wamid.to_owned())).or_default().push(row.id);
        }
        self.updates.add(row.id, row);
        1
    }

    /// A message got its provider's id: what was parked for it is applied now.
    pub(super) fn appeared(&mut self, channel_id: ChannelId, wamid: &str, message_id: MessageId) {
        self.by_wamid.insert((channel_id, wamid.to_owned()), message_id);
        for id in self.parked.remove(&(channel_id, wamid.to_owned())).unwrap_or_default() {
            let Some(row) = self.updates.change(id) else { continue };
            row.message_id = Some(message_id);
            match serde_json::from_str::<Change>(&row.payload) {
                Ok(change) => self.change_message(message_id, &change),
                Err(error) => tracing::error!(%error, update = %id, "a parked change cannot be read"),
            }
        }
    }
}
