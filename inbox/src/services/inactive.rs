//! Gives conversations in which nothing happened for a day back to their assistants.

use crate::app::App;
use crate::clock::Ids;
use crate::domain::control::{self, Control};
use crate::error::Result;
use crate::services::timeline::{self, Why};
use crate::services::turns;
use crate::store::db::NewEvent;
use crate::store::{Priority, Tx, conversations as store, send};
use entities::{ActorKind, ChangeCause, ConversationId, EventKind, Timestamp, conversation};
use sea_orm::ActiveValue::Set;
use std::time::Duration;

/// After so long without a message of either side.
const QUIET: Duration = Duration::from_secs(24 * 60 * 60);
/// Conversations that one transaction locks.
const PORTION: u64 = 100;

/// Switches every conversation that is in manual mode, has an assistant, and whose last message is older than a day to
/// automatic mode: only the mode. Returns how many.
pub(crate) async fn activate(app: &App) -> Result<u64> {
    // One moment for all portions: a conversation that falls quiet meanwhile has its day to come.
    let before = app.clock.now().minus(QUIET);
    let (mut activated, mut after) = (0, None);
    loop {
        let ids = app.ids.clone();
        let portion = app.db.write(Priority::Background, move |tx| {
            let ids = ids.clone();
            Box::pin(async move { activate_portion(tx, &ids, before, after).await })
        });
        let portion = portion.await?;
        activated += portion.len() as u64;
        match portion.last() {
            Some(last) => after = Some(*last),
            None => return Ok(activated),
        }
    }
}

async fn activate_portion(
    tx: &Tx,
    ids: &Ids,
    before: Timestamp,
    after: Option<ConversationId>,
) -> Result<Vec<ConversationId>> {
    let why = Why { cause: ChangeCause::Job, actor: Some((ActorKind::System, None)), message_id: None };
    let rows = store::lock_quiet(tx, before, after, PORTION).await?;
    let mut changed = Vec::with_capacity(rows.len());
    for row in &rows {
        let next = control::inactive(Control::from(row));
        let mut update = conversation::ActiveModel { updated_at: Set(tx.now()), ..Default::default() };
        next.apply_to(&mut update);
        let now = send::update_conversation(tx.conn(), row.id, update).await?;
        timeline::record(tx, ids, row, &now, &why).await?;
        tx.emit(NewEvent {
            conversation_id: Some(row.id),
            channel_id: Some(row.channel_id),
            contact_id: Some(row.contact_id),
            ..NewEvent::new(EventKind::ConversationUpdated)
        });
        changed.push(row.id);
    }
    // Their epochs rose.
    turns::interrupt(tx, &changed).await?;
    Ok(changed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::{Permission, Reach};
    use crate::services::conversations::{conversation_archive, conversation_set_mode};
    use crate::store::{events, timeline as lines};
    use crate::testing::{Customer, Shop, for_each_store};
    use entities::{Mode, conversation_change};
    use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

    async fn quiet_for(app: &App, customer: Customer, quiet: Duration, change: conversation::ActiveModel) {
        let last = app.clock.now().minus(quiet);
        let change = conversation::ActiveModel { last_message_at: Set(Some(last)), ..change };
        app.db
            .write(Priority::Interactive, move |tx| {
                let change = change.clone();
                Box::pin(
                    async move { send::update_conversation(tx.conn(), customer.conversation, change).await },
                )
            })
            .await
            .unwrap();
    }

    fn manual() -> conversation::ActiveModel {
        conversation::ActiveModel { mode: Set(Mode::Manual), control_epoch: Set(4), ..Default::default() }
    }

    #[tokio::test]
    async fn only_quiet_manual_conversations_with_an_assistant_change_and_only_their_mode() {
        for_each_store(async |app| {
            let shop = Shop::open(&app).await;
            let minute = Duration::from_secs(60);
            let (mut all, none) = (Vec::new(), conversation::ActiveModel::default());
            let inactive = conversation::ActiveModel { assistant_active: Set(false), ..manual() };
            let alone = conversation::ActiveModel { assistant_id: Set(None), ..manual() };
            let cases = [
                ("quiet", QUIET + minute, manual(), true),
                ("quiet, and its assistant handed off", QUIET + minute, inactive, true),
                ("not yet", QUIET - minute, manual(), false),
                ("without an assistant", QUIET + minute, alone, false),
                ("automatic already", QUIET + minute, none, false),
            ];
            for (number, (name, quiet, change, changes)) in cases.into_iter().enumerate() {
                let customer = shop.customer(&app, &format!("3460000000{number}")).await;
                quiet_for(&app, customer, quiet, change).await;
                let before = send_row(&app, customer.conversation).await;
                all.push((name, changes, before));
            }
            let head = events::head(app.db.read()).await.unwrap();

            assert_eq!(activate(&app).await.unwrap(), 2);
            for (name, changes, before) in &all {
                let after = send_row(&app, before.id).await;
                let mut expected = before.clone();
                if *changes {
                    expected.mode = Mode::Automatic;
                    expected.control_epoch += 1;
                    expected.updated_at = after.updated_at;
                }
                assert_eq!(after, expected, "{name}");
                let line = conversation_change::Entity::find()
                    .filter(conversation_change::Column::ConversationId.eq(before.id))
                    .order_by_desc(conversation_change::Column::Id)
                    .one(app.db.read())
                    .await
                    .unwrap();
                assert_eq!(line.map(|line| line.cause), changes.then_some(ChangeCause::Job), "{name}");
            }
            let told = events::after(app.db.read(), head, 100).await.unwrap();
            assert!(told.iter().all(|event| event.kind == EventKind::ConversationUpdated));
            assert_eq!(told.len(), 2, "one event each");

            assert_eq!(activate(&app).await.unwrap(), 0, "and once");
        })
        .await;
    }

    #[tokio::test]
    async fn there_may_be_more_than_a_portion_and_people_may_write_meanwhile() {
        for_each_store(async |app| {
            let shop = Shop::open(&app).await;
            let mut customers = Vec::new();
            for number in 0..PORTION + 3 {
                let customer = shop.customer(&app, &format!("34600{number:06}")).await;
                quiet_for(&app, customer, QUIET * 2, manual()).await;
                customers.push(customer);
            }
            let viewer = shop.agent(&[Permission::ReadAll, Permission::Edit]);
            let last = customers.last().unwrap().conversation;
            let first = customers[0].conversation;
            let (activated, archived, set) = tokio::join!(
                activate(&app),
                conversation_archive(&app, &viewer, last),
                conversation_set_mode(&app, &viewer, first, Mode::Manual),
            );
            (archived.and(set)).unwrap();
            assert!((PORTION..=PORTION + 3).contains(&activated.unwrap()));
            for customer in &customers[1..] {
                assert_eq!(send_row(&app, customer.conversation).await.mode, Mode::Automatic);
            }
            let count = lines::count(app.db.read(), Reach::All, last).await.unwrap();
            assert!((1..=2).contains(&count), "archived, and perhaps activated before");
        })
        .await;
    }

    async fn send_row(app: &App, id: ConversationId) -> conversation::Model {
        conversation::Entity::find_by_id(id).one(app.db.read()).await.unwrap().unwrap()
    }
}
