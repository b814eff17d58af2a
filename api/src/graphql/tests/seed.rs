//! Rows to read.

use entities::{
    ActorKind, ChannelId, ChannelState, ContactId, ConversationId, Direction, IdentityKind, MessageId,
    MessageStatus, Mode, Origin, Provider, RoleId, Timestamp, UserId, UserKind, channel, contact,
    contact_identity, conversation, media, message, message_version, reaction, role, user,
};
use inbox::App;
use inbox::services::access::GUEST_USER;
use inbox::store::{Priority, Tx};
use parking_lot::Mutex;
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, ModelTrait};
use std::sync::Arc;

/// The id of the seeded number.
pub(super) const PHONE_NUMBER_ID: &str = "100000000000003";

/// The moment that seeded times count from.
pub(super) const EPOCH: i64 = 1_760_000_000_000;

/// Who and what every test has. Rows are made first and saved together.
pub(super) struct House {
    app: App,
    unsaved: Mutex<Rows>,
    pub(super) guest: UserId,
    pub(super) ana: UserId,
    pub(super) ben: UserId,
    pub(super) channel: ChannelId,
}

impl House {
    /// A guest, two people and a number.
    pub(super) async fn build(app: &App) -> Self {
        let role: RoleId = app.ids.next();
        insert(
            app,
            role::Model {
                id: role,
                name: "Agents".to_owned(),
                permissions: "[]".to_owned(),
                description: None,
                default_assistant_id: None,
                built_in: false,
                created_at: at(0),
            },
        )
        .await;
        let house = Self {
            app: app.clone(),
            unsaved: Mutex::default(),
            guest: GUEST_USER,
            ana: app.ids.next(),
            ben: app.ids.next(),
            channel: app.ids.next(),
        };
        for (id, name) in [(house.guest, "Guest"), (house.ana, "Ana"), (house.ben, "Ben")] {
            insert(app, user_row(id, role, name)).await;
        }
        insert(app, channel_row(house.channel)).await;
        house
    }

    /// A contact with a phone and a conversation, last active that many milliseconds after [`EPOCH`], with one message
    /// from the customer.
    pub(super) fn conversation(&self, number: i64, owner: UserId) -> conversation::Model {
        let contact = contact_row(self.app.ids.next(), owner, number);
        let identity = contact_identity::Model {
            id: self.app.ids.next(),
            contact_id: contact.id,
            kind: IdentityKind::Phone,
            scope: String::new(),
            value: phone(number),
            match_key: phone(number),
            created_at: at(number),
        };
        let conversation = conversation_row(&self.app, contact.id, self.channel, owner, number);
        let message = self.message_row(&conversation, number);
        let conversation = conversation::Model {
            last_message_id: Some(message.id),
            last_message_at: Some(message.sent_at),
            ..conversation
        };
        let mut rows = self.unsaved.lock();
        rows.contacts.push(contact);
        rows.identities.push(identity);
        rows.conversations.push(conversation.clone());
        rows.messages.push(message);
        conversation
    }

    /// One more message from the customer.
    pub(super) fn message(&self, conversation: &conversation::Model, number: i64) -> message::Model {
        let row = self.message_row(conversation, number);
        self.unsaved.lock().messages.push(row.clone());
        row
    }

    /// A failed answer of Ana's with all that can hang on a message.
    pub(super) fn rich_message(&self, quoted: &message::Model, number: i64) -> message::Model {
        let id: MessageId = self.app.ids.next();
        let row = message::Model {
            id,
            direction: Direction::Outbound,
            origin: Origin::Api,
            actor_kind: Some(ActorKind::User),
            actor_id: Some(self.ana.0),
            reply_to_wamid: quoted.wamid.clone(),
            wamid: Some(format!("wamid.{id}")),
            status: Some(MessageStatus::Failed),
            sent_at: at(number),
            accepted_at: Some(at(number + 1)),
            failed_at: Some(at(number + 2)),
            error: Some(r#"{"code":131047,"title":"Re-engagement message"}"#.to_owned()),
            pricing: Some(r#"{"billable":true,"category":"service","type":"regular"}"#.to_owned()),
            edited_at: Some(at(number + 3)),
            ..quoted.clone()
        };
        let reaction = |sender, emoji: Option<&str>| reaction::Model {
            id: self.app.ids.next(),
            message_id: id,
            sender,
            emoji: emoji.map(str::to_owned),
            reacted_at: at(number),
            state: None,
            error: None,
        };
        let version = message_version::Model {
            id: self.app.ids.next(),
            message_id: id,
            content: r#"{"kind":"TEXT","body":"before"}"#.to_owned(),
            replaced_at: at(number + 3),
        };
        let mut rows = self.unsaved.lock();
        rows.messages.push(row.clone());
        rows.reactions.push(reaction(Direction::Inbound, Some("👍")));
        rows.reactions.push(reaction(Direction::Outbound, None));
        rows.versions.push(version);
        rows.media.push(media_row(&self.app, id, self.channel));
        row
    }

    /// A message from the customer that quotes another, which may be anybody's.
    pub(super) fn quoting(
        &self,
        conversation: &conversation::Model,
        quoted: &message::Model,
        number: i64,
    ) -> message::Model {
        let row =
            message::Model { reply_to_wamid: quoted.wamid.clone(), ..self.message_row(conversation, number) };
        self.unsaved.lock().messages.push(row.clone());
        row
    }

    /// Writes what was made, in one transaction.
    pub(super) async fn save(&self) {
        let rows = Arc::new(std::mem::take(&mut *self.unsaved.lock()));
        let work = self.app.db.write(Priority::Interactive, move |tx| {
            let rows = Arc::clone(&rows);
            Box::pin(async move {
                insert_all(tx, &rows.contacts).await?;
                insert_all(tx, &rows.identities).await?;
                insert_all(tx, &rows.conversations).await?;
                insert_all(tx, &rows.messages).await?;
                insert_all(tx, &rows.reactions).await?;
                insert_all(tx, &rows.versions).await?;
                insert_all(tx, &rows.media).await
            })
        });
        work.await.expect("rows can be saved");
    }

    fn message_row(&self, conversation: &conversation::Model, number: i64) -> message::Model {
        let id: MessageId = self.app.ids.next();
        message::Model {
            id,
            conversation_id: conversation.id,
            channel_id: conversation.channel_id,
            direction: Direction::Inbound,
            origin: Origin::Customer,
            actor_kind: None,
            actor_id: None,
            kind: "TEXT".to_owned(),
            content: format!(r#"{{"kind":"TEXT","body":"hello {number}"}}"#),
            context: None,
            wamid: Some(format!("wamid.{id}")),
            reply_to_wamid: None,
            status: None,
            sent_at: at(number),
            received_at: at(number + 500),
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
        }
    }
}

#[derive(Default)]
struct Rows {
    contacts: Vec<contact::Model>,
    identities: Vec<contact_identity::Model>,
    conversations: Vec<conversation::Model>,
    messages: Vec<message::Model>,
    reactions: Vec<reaction::Model>,
    versions: Vec<message_version::Model>,
    media: Vec<media::Model>,
}

async fn insert_all<M, A>(tx: &Tx, rows: &[M]) -> inbox::Result<()>
where
    M: ModelTrait + IntoActiveModel<A>,
    A: ActiveModelTrait<Entity = M::Entity>,
{
    for rows in rows.chunks(500) {
        let rows = rows.iter().map(|row| row.clone().into_active_model().reset_all());
        M::Entity::insert_many(rows).exec_without_returning(tx.conn()).await?;
    }
    Ok(())
}

/// A moment.
pub(super) fn at(number: i64) -> Timestamp {
    Timestamp(EPOCH + number)
}

/// The phone of the customer of this number.
pub(super) fn phone(number: i64) -> String {
    format!("34600{number:06}")
}

/// Changes a row.
pub(super) async fn update<M, A>(app: &App, row: M)
where
    M: ModelTrait + IntoActiveModel<A> + Sync + 'static,
    A: ActiveModelTrait<Entity = M::Entity> + sea_orm::ActiveModelBehavior + Send + 'static,
{
    app.db
        .write(Priority::Interactive, move |tx| {
            let row = row.clone();
            Box::pin(async move {
                M::Entity::update(row.into_active_model().reset_all())
                    .exec_without_returning(tx.conn())
                    .await?;
                Ok(())
            })
        })
        .await
        .expect("a row can be changed");
}

/// Inserts a row.
pub(super) async fn insert<M, A>(app: &App, row: M)
where
    M: ModelTrait + IntoActiveModel<A> + Sync + 'static,
    A: ActiveModelTrait<Entity = M::Entity> + Send + 'static,
{
    let work = app.db.write(Priority::Interactive, move |tx| {
        let row = row.clone();
        Box::pin(async move { insert_all(tx, &[row]).await })
    });
    work.await.expect("a row can be inserted");
}

fn user_row(id: UserId, role_id: RoleId, name: &str) -> user::Model {
    let person = name != "Guest";
    user::Model {
        id,
        kind: if person { UserKind::Person } else { UserKind::Guest },
        email: person.then(|| format!("{}@example.com", name.to_lowercase())),
        name: name.to_owned(),
        password_hash: None,
        role_id,
        language: Some("es".to_owned()),
        phone: None,
        phone_match_key: None,
        created_at: at(0),
        joined_at: None,
        last_seen_at: None,
        deactivated_at: None,
    }
}

fn channel_row(id: ChannelId) -> channel::Model {
    channel::Model {
        id,
        name: "Shop".to_owned(),
        provider: Provider::Meta,
        state: ChannelState::Active,
        is_default: true,
        phone_number_id: Some(PHONE_NUMBER_ID.to_owned()),
        business_account_id: Some("100000000000002".to_owned()),
        app_id: None,
        display_phone_number: Some("+34 600 00 00 00".to_owned()),
        messages_per_second: 80,
        read_receipts: entities::ReadReceipts::OnOpen,
        created_at: at(0),
        updated_at: at(0),
    }
}

fn contact_row(id: ContactId, owner_id: UserId, number: i64) -> contact::Model {
    contact::Model {
        id,
        name: None,
        profile_name: Some(format!("Customer {number}")),
        username: None,
        language: None,
        owner_id,
        assistant_id: None,
        marketing_opted_out_at: None,
        marketing_preference_at: None,
        blocked_at: None,
        created_at: at(number),
        updated_at: at(number),
    }
}

fn conversation_row(
    app: &App,
    contact_id: ContactId,
    channel_id: ChannelId,
    owner_id: UserId,
    number: i64,
) -> conversation::Model {
    let id: ConversationId = app.ids.next();
    conversation::Model {
        id,
        contact_id,
        channel_id,
        owner_id,
        mode: Mode::Automatic,
        assistant_id: None,
        assistant_active: false,
        control_epoch: 0,
        archived: false,
        unread_count: 1,
        last_message_id: None,
        last_message_at: None,
        last_activity_at: at(number),
        last_inbound_at: Some(at(number)),
        window_closed_by_provider: false,
        read_receipt_at: None,
        waiting_message_at: None,
        handed_off_at: None,
        assistant_context_at: None,
        created_at: at(number),
        updated_at: at(number),
    }
}

fn media_row(app: &App, message_id: MessageId, channel_id: ChannelId) -> media::Model {
    media::Model {
        id: app.ids.next(),
        message_id: Some(message_id),
        slot: 0,
        channel_id: Some(channel_id),
        state: entities::MediaState::Stored,
        provider_id: None,
        mime_type: Some("application/pdf".to_owned()),
        sha256: None,
        size: Some(1234),
        file_name: Some("offer.pdf".to_owned()),
        blob_sha256: None,
        attempts: 0,
        not_before: at(0),
        failure: None,
        uploaded_by: None,
        kept: false,
        created_at: at(0),
        updated_at: at(0),
    }
}
