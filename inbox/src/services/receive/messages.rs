//! New lines in a conversation: from the customer, from the business's phone, from history.

use super::batch::Batch;
use super::changes::Change;
use crate::bus::Topic;
use crate::domain::control;
use crate::domain::status::StatusTimes;
use crate::services::timeline::Why;
use entities::{
    ChangeCause, ChannelId, ConversationId, Direction, MediaFailure, MediaState, MessageId, MessageStatus,
    Origin, Timestamp, WebhookEffectKind, media, message,
};
use providers::content::Content;
use providers::inbound::{Context, EchoMessage, HistoryMessage, InboundBody, InboundMessage, StatusKind};
use serde_json::{Map, Value, json};

/// What every new line has.
struct Line<'c> {
    wamid: &'c str,
    direction: Direction,
    origin: Origin,
    content: &'c Content,
    context: Option<&'c Context>,
    /// More to keep beside the content.
    marks: Map<String, Value>,
    sent_at: Timestamp,
    received_at: Timestamp,
    status: Option<StatusKind>,
}

impl Batch<'_> {
    pub(super) fn inbound(
        &mut self,
        channel_id: ChannelId,
        message: &InboundMessage,
        received_at: Timestamp,
    ) -> Result<i32, String> {
        let at = Timestamp::from_seconds(message.timestamp);
        let content = match &message.body {
            InboundBody::Content(content) => content,
            InboundBody::Rekey { note, previous, current } => {
                if self.is_known(channel_id, &message.wamid) {
                    return Ok(0);
                }
                let contact = self.rekey(previous, current)?;
                let conversation = self.thread(contact, channel_id, ChangeCause::CustomerWrote)?;
                self.add_inbound(channel_id, conversation, message, note, at, received_at);
                return Ok(1);
            }
            body => return Ok(self.body_change(channel_id, &message.wamid, body, Direction::Inbound, at)),
        };
        if self.is_known(channel_id, &message.wamid) {
            return Ok(0);
        }
        let contact = self.person(&message.from)?;
        let conversation = self.thread(contact, channel_id, ChangeCause::CustomerWrote)?;
        self.add_inbound(channel_id, conversation, message, content, at, received_at);
        Ok(1)
    }

    fn add_inbound(
        &mut self,
        channel_id: ChannelId,
        conversation: ConversationId,
        message: &InboundMessage,
        content: &Content,
        at: Timestamp,
        received_at: Timestamp,
    ) {
        let mut marks = Map::new();
        if let Some(referral) = &message.referral {
            marks.insert("referral".to_owned(), referral.clone());
        }
        if let Some(group) = &message.group_id {
            marks.insert("groupId".to_owned(), json!(group));
        }
        if !message.errors.is_empty() {
            marks.insert("errors".to_owned(), json!(message.errors));
        }
        let line = Line {
            wamid: &message.wamid,
            direction: Direction::Inbound,
            origin: Origin::Customer,
            content,
            context: message.context.as_ref(),
            marks,
            sent_at: at,
            received_at,
            status: None,
        };
        let message_id = self.add_line(channel_id, conversation, line);
        if let (Content::Text(text), Some(row)) = (content, self.conversations.get(conversation)) {
            self.keyword(row.contact_id, message_id, &text.body, at);
        }
        // WhatsApp's own notes are not words of the customer: they open no window and nobody has to read them.
        if !matches!(content, Content::System(_))
            && let Some(row) = self.conversations.change(conversation)
        {
            row.unread_count += 1;
            if row.last_inbound_at.is_none_or(|newest| newest < at) {
                row.last_inbound_at = Some(at);
                row.window_closed_by_provider = false;
            }
            let why = Why::webhook(ChangeCause::CustomerWrote, Some(message_id));
            self.control(conversation, &why, control::inbound);
            self.turn(conversation, message_id, content);
        }
    }

    pub(super) fn echo(
        &mut self,
        channel_id: ChannelId,
        echo: &EchoMessage,
        received_at: Timestamp,
    ) -> Result<i32, String> {
        let at = Timestamp::from_seconds(echo.timestamp);
        let InboundBody::Content(content) = &echo.body else {
            return Ok(self.body_change(channel_id, &echo.wamid, &echo.body, Direction::Outbound, at));
        };
        if self.is_known(channel_id, &echo.wamid) {
            return Ok(0);
        }
        let contact = self.person(&echo.to)?;
        let conversation = self.thread(contact, channel_id, ChangeCause::BusinessAppSent)?;
        let line = Line {
            wamid: &echo.wamid,
            direction: Direction::Outbound,
            origin: Origin::BusinessApp,
            content,
            context: echo.context.as_ref(),
            marks: Map::new(),
            sent_at: at,
            received_at,
            status: Some(StatusKind::Sent),
        };
        let message = self.add_line(channel_id, conversation, line);
        let why = Why::webhook(ChangeCause::BusinessAppSent, Some(message));
        self.control(conversation, &why, control::person_sent);
        self.conversation_updated(conversation);
        Ok(1)
    }

    /// History is silent: no unread count, no window, no control.
    pub(super) fn history(
        &mut self,
        channel_id: ChannelId,
        message: &HistoryMessage,
        received_at: Timestamp,
    ) -> Result<i32, String> {
        let at = Timestamp::from_seconds(message.timestamp);
        if let Some(id) = self.by_wamid.get(&(channel_id, message.wamid.clone())).copied() {
            return Ok(self.fill_placeholder(id, &message.content));
        }
        let contact = self.person(&message.customer)?;
        let conversation = self.thread(contact, channel_id, ChangeCause::History)?;
        let direction = if message.from_business { Direction::Outbound } else { Direction::Inbound };
        let line = Line {
            wamid: &message.wamid,
            direction,
            origin: Origin::History,
            content: &message.content,
            context: message.context.as_ref(),
            marks: Map::new(),
            sent_at: at,
            received_at,
            status: if message.from_business { message.status } else { None },
        };
        self.add_line(channel_id, conversation, line);
        Ok(1)
    }

    /// The file of an imported message comes in a webhook of its own.
    fn fill_placeholder(&mut self, id: MessageId, content: &Content) -> i32 {
        let is_placeholder =
            self.messages.get(id).is_some_and(|row| row.kind == Content::MediaPlaceholder.kind());
        if !is_placeholder || *content == Content::MediaPlaceholder {
            return 0;
        }
        if let Some(row) = self.messages.change(id) {
            row.kind = content.kind().to_owned();
            row.content = serde_json::to_string(content).unwrap_or_default();
        }
        self.note_file(id, content);
        self.tally.count(WebhookEffectKind::MessageChanged);
        self.message_updated(id);
        1
    }

    fn body_change(
        &mut self,
        channel_id: ChannelId,
        wamid: &str,
        body: &InboundBody,
        sender: Direction,
        at: Timestamp,
    ) -> i32 {
        let (target, change) = match body {
            InboundBody::Reaction { target_wamid, emoji } => {
                (target_wamid, Change::Reaction { sender, emoji: emoji.clone(), at })
            }
            InboundBody::Edit { target_wamid, content } => {
                (target_wamid, Change::Edit { content: content.clone(), at })
            }
            InboundBody::Revoke { target_wamid } => (target_wamid, Change::Revoke { at }),
            InboundBody::Content(_) | InboundBody::Rekey { .. } => return 0,
        };
        self.happened(channel_id, target, wamid.to_owned(), at, &change)
    }

    fn is_known(&self, channel_id: ChannelId, wamid: &str) -> bool {
        self.by_wamid.contains_key(&(channel_id, wamid.to_owned()))
    }

    fn add_line(
        &mut self,
        channel_id: ChannelId,
        conversation_id: ConversationId,
        line: Line<'_>,
    ) -> MessageId {
        let id: MessageId = self.ids.next();
        let mut times = StatusTimes::default();
        if let Some(status) = line.status {
            times.accepted = Some(line.sent_at);
            times.record(status, line.sent_at);
        }
        let mut row = message::Model {
            id,
            conversation_id,
            channel_id,
            direction: line.direction,
            origin: line.origin,
            actor_kind: None,
            actor_id: None,
            kind: line.content.kind().to_owned(),
            content: serde_json::to_string(line.content).unwrap_or_default(),
            context: context_json(line.context, line.marks),
            wamid: Some(line.wamid.to_owned()),
            reply_to_wamid: line.context.and_then(|context| context.wamid.clone()),
            status: None,
            sent_at: line.sent_at,
            received_at: line.received_at,
            accepted_at: None,
            status_sent_at: None,
            delivered_at: None,
            read_at: None,
            played_at: None,
            failed_at: None,
            error: None,
            hold: None,
            pricing: None,
            edited_at: None,
            revoked_at: None,
            run_id: None,
        };
        if line.direction == Direction::Outbound {
            row.status = Some(MessageStatus::Accepted);
            times.show_in(&mut row);
        }
        self.last_message(&row);
        self.message_added(&row);
        self.tally.count(WebhookEffectKind::MessageAdded);
        self.messages.add(id, row);
        self.note_file(id, line.content);
        self.appeared(channel_id, line.wamid, id);
        id
    }

    /// Keeps the conversation's newest message, by (provider's time, id).
    fn last_message(&mut self, message: &message::Model) {
        let now = self.tx.now();
        let Some(row) = self.conversations.change(message.conversation_id) else { return };
        let newest = row.last_message_at.zip(row.last_message_id);
        if newest.is_none_or(|newest| newest < (message.sent_at, message.id)) {
            row.last_message_at = Some(message.sent_at);
            row.last_message_id = Some(message.id);
        }
        row.last_activity_at = row.last_activity_at.max(message.sent_at);
        row.updated_at = now;
    }

    fn note_file(&mut self, message_id: MessageId, content: &Content) {
        let Some(file) = content.files().into_iter().next() else { return };
        let Some(channel_id) = self.messages.get(message_id).map(|row| row.channel_id) else { return };
        let now = self.tx.now();
        let offered = file.provider_id.is_some();
        self.media.push(media::Model {
            id: self.ids.next(),
            message_id: Some(message_id),
            slot: 0,
            channel_id: Some(channel_id),
            state: if offered { MediaState::Pending } else { MediaState::Failed },
            provider_id: file.provider_id.clone(),
            mime_type: file.mime_type.clone(),
            sha256: file.sha256.clone(),
            size: None,
            file_name: file.file_name.clone(),
            blob_sha256: None,
            attempts: 0,
            not_before: now,
            failure: (!offered).then_some(MediaFailure::NotOffered),
            uploaded_by: None,
            kept: false,
            created_at: now,
            updated_at: now,
        });
        self.tx.wake(Topic::Media);
    }
}

/// Forwarding marks, ad referral, product and the like, as one JSON object; nothing when there are none.
fn context_json(context: Option<&Context>, mut marks: Map<String, Value>) -> Option<String> {
    if let Some(context) = context {
        if context.forwarded {
            marks.insert("forwarded".to_owned(), Value::Bool(true));
        }
        if context.frequently_forwarded {
            marks.insert("frequentlyForwarded".to_owned(), Value::Bool(true));
        }
        if let Some(product) = &context.referred_product {
            marks.insert("referredProduct".to_owned(), product.clone());
        }
    }
    (!marks.is_empty()).then(|| Value::Object(marks).to_string())
}
