//! A small business to test with: a user, a channel, and customers who wrote a moment ago.

use crate::app::App;
use crate::auth::{Caller, Permission, Viewer};
use crate::store::Priority;
use entities::{
    ChannelId, ChannelState, ContactId, ContactIdentityId, ConversationId, IdentityKind, Mode, Provider,
    RoleId, Timestamp, UserId, UserKind, channel, contact, contact_identity, conversation, role, user,
};
use sea_orm::{ActiveModelTrait, IntoActiveModel};

/// Who works there, and over which number. Both are in the database.
#[derive(Clone, Copy, Debug)]
pub struct Shop {
    /// Owns all conversations.
    pub owner: UserId,
    /// The default channel: active, 80 messages a second, phone number id `100000000000003`.
    pub channel: ChannelId,
}

/// A contact with its conversation.
#[derive(Clone, Copy, Debug)]
pub struct Customer {
    /// The person.
    pub contact: ContactId,
    /// Automatic, with an active assistant, one unread message, its window open since now.
    pub conversation: ConversationId,
}

impl Shop {
    /// Makes the user and the channel.
    ///
    /// # Panics
    /// If the database refuses.
    pub async fn open(app: &App) -> Self {
        let shop = Self { owner: app.ids.next(), channel: app.ids.next() };
        let now = app.clock.now();
        let role = role::Model {
            id: app.ids.next(),
            name: "Agent".to_owned(),
            permissions: "[]".to_owned(),
            description: None,
            default_assistant_id: None,
            built_in: false,
            created_at: now,
        };
        let (user, channel) = (shop.user(role.id, now), shop.channel(now));
        app.db
            .write(Priority::Interactive, move |tx| {
                let (role, user, channel) = (role.clone(), user.clone(), channel.clone());
                Box::pin(async move {
                    role.into_active_model().reset_all().insert(tx.conn()).await?;
                    user.into_active_model().reset_all().insert(tx.conn()).await?;
                    channel.into_active_model().reset_all().insert(tx.conn()).await?;
                    Ok(())
                })
            })
            .await
            .expect("the shop can be stored");
        shop
    }

    fn user(&self, role_id: RoleId, now: Timestamp) -> user::Model {
        user::Model {
            id: self.owner,
            kind: UserKind::Person,
            email: Some("agent@example.com".to_owned()),
            name: "Agent".to_owned(),
            password_hash: None,
            role_id,
            language: None,
            phone: None,
            phone_match_key: None,
            created_at: now,
            joined_at: None,
            last_seen_at: None,
            deactivated_at: None,
        }
    }

    fn channel(&self, now: Timestamp) -> channel::Model {
        channel::Model {
            id: self.channel,
            name: "Shop".to_owned(),
            provider: Provider::Meta,
            state: ChannelState::Active,
            is_default: true,
            phone_number_id: Some("100000000000003".to_owned()),
            business_account_id: None,
            app_id: None,
            display_phone_number: None,
            messages_per_second: 80,
            read_receipts: entities::ReadReceipts::OnOpen,
            created_at: now,
            updated_at: now,
        }
    }

    /// A customer with this phone, who wrote just now.
    ///
    /// # Panics
    /// If the database refuses.
    pub async fn customer(&self, app: &App, phone: &str) -> Customer {
        let customer = Customer { contact: app.ids.next(), conversation: app.ids.next() };
        let now = app.clock.now();
        let contact = contact::Model {
            id: customer.contact,
            name: None,
            profile_name: None,
            username: None,
            language: None,
            owner_id: self.owner,
            assistant_id: None,
            marketing_opted_out_at: None,
            marketing_preference_at: None,
            blocked_at: None,
            created_at: now,
            updated_at: now,
        };
        let identity = contact_identity::Model {
            id: app.ids.next::<ContactIdentityId>(),
            contact_id: customer.contact,
            kind: IdentityKind::Phone,
            scope: String::new(),
            value: phone.to_owned(),
            match_key: providers::phone::match_key(phone),
            created_at: now,
        };
        let conversation = self.conversation(app, customer, now);
        app.db
            .write(Priority::Interactive, move |tx| {
                let (contact, identity, conversation) =
                    (contact.clone(), identity.clone(), conversation.clone());
                Box::pin(async move {
                    contact.into_active_model().reset_all().insert(tx.conn()).await?;
                    identity.into_active_model().reset_all().insert(tx.conn()).await?;
                    conversation.into_active_model().reset_all().insert(tx.conn()).await?;
                    Ok(())
                })
            })
            .await
            .expect("the customer can be stored");
        customer
    }

    fn conversation(&self, app: &App, customer: Customer, now: Timestamp) -> conversation::Model {
        conversation::Model {
            id: customer.conversation,
            contact_id: customer.contact,
            channel_id: self.channel,
            owner_id: self.owner,
            mode: Mode::Automatic,
            assistant_id: Some(app.ids.next()),
            assistant_active: true,
            control_epoch: 0,
            archived: false,
            unread_count: 1,
            last_message_id: None,
            last_message_at: None,
            last_activity_at: now,
            last_inbound_at: Some(now),
            window_closed_by_provider: false,
            read_receipt_at: None,
            waiting_message_at: None,
            handed_off_at: None,
            assistant_context_at: None,
            created_at: now,
            updated_at: now,
        }
    }

    /// The user, with these rights.
    #[must_use]
    pub fn agent(&self, permissions: &[Permission]) -> Viewer {
        Viewer::new(Caller::User(self.owner), permissions.to_vec())
    }
}
