//! A node, a server and a shop to test with, and what is in their tables.

use super::fake_graph::FakeGraph;
use crate::app::{App, AppConfig};
use crate::auth::{Permission, Viewer};
use crate::jobs::sender::channel::ChannelSender;
use crate::services::send::{Draft, SendInput, SendTarget, message_send};
use crate::store::Priority;
use crate::testing::{Customer, Shop};
use entities::{
    Direction, EventKind, MessageId, MessageStatus, Origin, conversation, event, message, outbox,
};
use providers::content::{Content, Text};
use providers::inbound::ProviderError;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};

/// A node that sends to a [`FakeGraph`], and a shop.
pub(in crate::jobs) struct Bench {
    pub(in crate::jobs) app: App,
    pub(in crate::jobs) graph: FakeGraph,
    pub(in crate::jobs) shop: Shop,
}

impl Bench {
    pub(in crate::jobs) async fn new(app: &App) -> Self {
        let graph = FakeGraph::start().await;
        let app = node(app, &graph).await;
        let shop = Shop::open(&app).await;
        Self { app, graph, shop }
    }

    pub(in crate::jobs::sender) fn sender(&self) -> ChannelSender {
        ChannelSender::new(self.app.clone(), self.shop.channel)
    }

    pub(in crate::jobs) async fn customer(&self, number: u32) -> Customer {
        self.shop.customer(&self.app, &format!("3460000{number:04}")).await
    }

    pub(in crate::jobs) async fn queue(&self, customer: Customer, body: &str) -> MessageId {
        let input = SendInput {
            target: SendTarget::Conversation(customer.conversation),
            draft: Draft::Content(Content::Text(Text { body: body.to_owned(), preview_url: false })),
            reply_to: None,
            idempotency_key: uuid::Uuid::new_v4().to_string(),
        };
        let viewer: Viewer = self.shop.agent(&[Permission::ReadOwn, Permission::Send]);
        message_send(&self.app, &viewer, input).await.unwrap().id
    }

    /// A message that the customer wrote just now.
    pub(in crate::jobs) async fn wrote(&self, customer: Customer, wamid: &str) -> MessageId {
        let now = self.app.clock.now();
        let row = message::Model {
            id: self.app.ids.next(),
            conversation_id: customer.conversation,
            channel_id: self.shop.channel,
            direction: Direction::Inbound,
            origin: Origin::Customer,
            actor_kind: None,
            actor_id: None,
            kind: "TEXT".to_owned(),
            content: r#"{"kind":"TEXT","body":"hola"}"#.to_owned(),
            context: None,
            wamid: Some(wamid.to_owned()),
            reply_to_wamid: None,
            status: None,
            sent_at: now,
            received_at: now,
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
        let id = row.id;
        self.app
            .db
            .write(Priority::Interactive, move |tx| {
                let row = row.clone();
                Box::pin(async move { crate::store::send::insert_message(tx.conn(), row).await })
            })
            .await
            .unwrap();
        self.set::<conversation::Entity>(conversation::ActiveModel {
            last_inbound_at: Set(Some(now)),
            unread_count: Set(1),
            ..Default::default()
        })
        .await;
        id
    }

    pub(in crate::jobs) async fn message(&self, id: MessageId) -> message::Model {
        message::Entity::find_by_id(id).one(self.app.db.read()).await.unwrap().unwrap()
    }

    pub(in crate::jobs) async fn status(&self, id: MessageId) -> MessageStatus {
        self.message(id).await.status.unwrap()
    }

    pub(in crate::jobs) async fn error(&self, id: MessageId) -> ProviderError {
        serde_json::from_str(&self.message(id).await.error.unwrap()).unwrap()
    }

    pub(in crate::jobs) async fn outbox(&self) -> Vec<outbox::Model> {
        outbox::Entity::find().order_by_asc(outbox::Column::Id).all(self.app.db.read()).await.unwrap()
    }

    pub(in crate::jobs) async fn events(&self, kind: EventKind) -> u64 {
        event::Entity::find().filter(event::Column::Kind.eq(kind)).count(self.app.db.read()).await.unwrap()
    }

    /// Changes rows of a table behind the sender's back.
    pub(in crate::jobs) async fn set<E: EntityTrait>(&self, row: E::ActiveModel)
    where
        E::ActiveModel: Clone + Send + Sync + 'static,
    {
        self.app
            .db
            .write(Priority::Interactive, move |tx| {
                let row = row.clone();
                Box::pin(async move {
                    E::update_many().set(row).exec(tx.conn()).await?;
                    Ok(())
                })
            })
            .await
            .unwrap();
    }
}

/// A node on the same database, with the same clock, that sends to this server.
pub(in crate::jobs) async fn node(app: &App, graph: &FakeGraph) -> App {
    let mut whatsapp = app.config.whatsapp.clone();
    whatsapp.graph_url = graph.url.clone();
    let config = AppConfig { whatsapp, ..app.config.clone() };
    App::open(config, app.clock.clone(), app.http.clone()).await.unwrap()
}
